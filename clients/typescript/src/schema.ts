// Generated from openapi.yaml by `npm run docs`.
export interface paths {
    "/v1/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Exchange the token of a sign-in link for an admin key
         * @description The server prints the link at its first start, and at every start on a terminal. It is of use once, within 15 minutes. The key ends after 30 days, or before that by `deleteKey`.
         */
        post: operations["signIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the caller may do
         * @description Answers 200 with any key or none, so that a page learns what to show without provoking errors.
         */
        get: operations["getSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/classify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Classify one or more images
         * @description The image may also be the whole body, of type `image/*`. The JSON of `classifyBase64` is read here too, and {"image":"<base64>"} for a single image.
         */
        post: operations["classifyImages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/classify/base64": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Classify images in JSON */
        post: operations["classifyBase64"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/classify/url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Classify an image that the server fetches */
        post: operations["classifyUrl"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Embed one or more images
         * @description The image may also be the whole body, of type `image/*`. The JSON of `embedBase64` is read here too, and {"image":"<base64>"} for a single image.
         */
        post: operations["embedImages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embed/base64": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Embed images in JSON */
        post: operations["embedBase64"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/similar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find the images of a dataset that are most like an image
         * @description From stored embeddings, which trainings and predictions make. The image may also be the whole body, of type `image/*`. The JSON of `classifyBase64` is read here too, and {"image":"<base64>"} for a single image.
         */
        post: operations["findSimilar"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/teach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a classifier was taught */
        get: operations["getLesson"];
        /**
         * Have a classifier taught by its dataset as it is, or change the rule of its lesson
         * @description The dataset is the one that its active version was trained on, or that has its name. Every image of it that no training has learnt answers at the next request.
         */
        put: operations["putLesson"];
        /**
         * Teach a classifier a class from some images
         * @description The images are kept in the dataset of the classifier, and the next request to `classifyImages` knows them. A name that there is no classifier of becomes a new one.
         */
        post: operations["teachModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/teach/images/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget an image that a classifier was taught
         * @description The dataset loses it too.
         */
        delete: operations["forgetImage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/teach/classes/{label}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget what a classifier was taught of a class
         * @description The dataset loses those images of it that came since the last training.
         */
        delete: operations["forgetClass"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/teach/promote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Train the classifier on what it was taught, in the background
         * @description As `startTraining` with the dataset of the lesson: the new version answers when it is better than the active one, or is the first.
         */
        post: operations["promoteLesson"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/classify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Classify one image, every class in label order
         * @description The image may also be the whole body, of type `image/*`. The JSON of `classifyBase64` is read here too, and {"image":"<base64>"} for a single image.
         */
        post: operations["classifyImageInLabelOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the classifiers */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One classifier */
        get: operations["getModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version of a classifier */
        get: operations["getModelVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/versions/{version}/card": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The model card of a version
         * @description For people: what it tells apart, how well, and where it comes from, from the facts of `getModelVersion`.
         */
        get: operations["getModelCard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Server metadata */
        get: operations["getServerMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What has been answered since the server started */
        get: operations["getAllModelsStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Model metadata */
        get: operations["getModelMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Model configuration, in Triton's words */
        get: operations["getModelConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the model ready */
        get: operations["isModelReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What has been answered since the server started */
        get: operations["getModelStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Classify images */
        post: operations["inferModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Model metadata */
        get: operations["getModelVersionMetadata"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Model configuration, in Triton's words */
        get: operations["getModelVersionConfig"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the model ready */
        get: operations["isModelVersionReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What has been answered since the server started */
        get: operations["getModelVersionStatistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/models/{model}/versions/{version}/infer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Classify images */
        post: operations["inferModelVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/repository/index": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The classifiers and their versions */
        post: operations["indexRepository"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Correct a classification
         * @description The image may also be the whole body, of type `image/*`. The JSON of `submitFeedbackBase64` is read here too, and {"image":"<base64>"} for a single image.
         */
        post: operations["submitFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/feedback/base64": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Correct a classification, in JSON
         * @description Clients that can send multipart/form-data had better: see `submitFeedback`.
         */
        post: operations["submitFeedbackBase64"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{name}/capture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether images are kept for review, and how many are */
        get: operations["getCapture"];
        /**
         * Keep a share of the images that a classifier is asked about, for review
         * @description Off by default. Images are kept after their answer has gone out, of requests whose key consents (`capture` of the key) and that say nothing else: with `x-capture: no` nothing of a request is kept. What is left out goes back to its default.
         */
        put: operations["putCapture"];
        post?: never;
        /** Keep nothing any more, and forget what waits for review */
        delete: operations["deleteCapture"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/captures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Images that were kept of requests */
        get: operations["listCaptures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/captures/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a captured image to a dataset
         * @description It stays there when its request would have been removed for its age, until the request is forgotten.
         */
        post: operations["acceptCapture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/captures/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Remove a captured image
         * @description Its file goes too, unless something else refers to it.
         */
        post: operations["rejectCapture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/captures/{id}/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A captured image, as it was sent */
        get: operations["getCaptureImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/captures/{id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A preview of a captured image, 256 pixels at most */
        get: operations["getCaptureThumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/captures/{requestId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget what was kept of a request, wherever it has gone
         * @description By the `x-request-id` of its answer. Accepted images leave their datasets, unless those had them before; versions that were trained on them stay as they are. Nothing to forget is a success, too.
         */
        delete: operations["forgetRequest"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Corrections to review */
        get: operations["listFeedback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feedback/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a correction to a dataset */
        post: operations["acceptFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feedback/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject a correction
         * @description Its image is deleted, unless a dataset has the same image.
         */
        post: operations["rejectFeedback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feedback/{id}/image": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The image of a correction, as it was uploaded */
        get: operations["getFeedbackImage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/feedback/{id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A preview of the image of a correction, 256 pixels at most */
        get: operations["getFeedbackThumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the datasets */
        get: operations["listDatasets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a dataset holds */
        get: operations["getDataset"];
        /** Create a dataset */
        put: operations["putDataset"];
        post?: never;
        /** Delete a dataset */
        delete: operations["deleteDataset"];
        options?: never;
        head?: never;
        /**
         * Say which images of a dataset are of none of its classes
         * @description The next training learns it; the label needs no images yet.
         */
        patch: operations["updateDataset"];
        trace?: never;
    };
    "/v1/admin/datasets/{name}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Take a dataset away */
        get: operations["exportDataset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Page through the images */
        get: operations["listImages"];
        put?: never;
        /** Add images of one class, or of several in a multi-label dataset */
        post: operations["uploadImages"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Relabel, move or remove many images at once
         * @description All of up to 1000 or none. The answer says what each was before: the same call with that as its `changes` undoes this one. Images that were removed this way can be brought back for 60 minutes; their files go after that.
         */
        patch: operations["updateImages"];
        trace?: never;
    };
    "/v1/admin/datasets/{name}/images/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One image */
        get: operations["getImage"];
        put?: never;
        post?: never;
        /**
         * Delete an image
         * @description Its file and its preview go at once, unless something else has the same image: a version of the dataset, too.
         */
        delete: operations["deleteImage"];
        options?: never;
        head?: never;
        /** Relabel or move an image */
        patch: operations["updateImage"];
        trace?: never;
    };
    "/v1/admin/datasets/{name}/images/{id}/thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A preview of an image, 256 pixels at most */
        get: operations["getImageThumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/images/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The file of an image, as it was uploaded */
        get: operations["getImageFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add the images of an archive
         * @description A zip, tar or tar.gz of class folders, or of train/ validation/ test/ with class folders in them. An `attribution.csv` at its top says who made the images, as in an export. Into a multi-label dataset also images with a labels.csv.
         */
        post: operations["uploadArchive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the versions of a dataset */
        get: operations["listDatasetVersions"];
        put?: never;
        /**
         * Give the present state of a dataset a name, or that of a training
         * @description Its images keep their files, whatever happens to the dataset.
         */
        post: operations["createDatasetVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/versions/{version}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is different between two states of a dataset
         * @description From `version` to `to`; either may be `now`, the dataset as it is. An image that was deleted and uploaded again under the same label is the same.
         */
        get: operations["compareDatasetVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/versions/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a dataset what a version of it is
         * @description All of it or nothing. Images that the version does not have are removed, as by `updateImages`: they can be brought back one by one for 60 minutes. With `keepAs` the state before has a name, and restoring that undoes this.
         */
        post: operations["restoreDatasetVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/datasets/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a version of a dataset
         * @description The dataset stays as it is. Files of images that nothing else has go at once.
         */
        delete: operations["deleteDatasetVersion"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/retrain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retrain a classifier, or train a new one, in the background */
        post: operations["startTraining"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/trainings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the trainings, the newest first */
        get: operations["listTrainings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/trainings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One training */
        get: operations["getTraining"];
        put?: never;
        post?: never;
        /**
         * Cancel a training
         * @description A waiting training ends at once, a running one within a moment.
         */
        delete: operations["cancelTraining"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/trainings/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a training (server-sent events)
         * @description Events: queued, stage, progress, epoch, trial (a fit of a search, as in `trials` of the training), then succeeded, failed or cancelled, after which the stream ends. An epoch event has the epochs since the one before, if any, as `earlier`. Resumes after Last-Event-ID; 204 when there is nothing left to send. Events of old trainings are removed (see TRAINING_DETAILS_DAYS and TRAINING_DETAILS_COUNT): then `removed` comes first, and the event that ended the training follows.
         */
        get: operations["followTraining"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a version the active one
         * @description Loads it, tries it on stored images, then switches: requests in flight finish on the old one, which keeps answering if any of this fails.
         */
        post: operations["activateModelVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go back to the version that was active before */
        post: operations["rollbackModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a version that is not active */
        delete: operations["deleteModelVersion"];
        options?: never;
        head?: never;
        /**
         * Set what a version calls unknown
         * @description On all servers that share the database, from the next request on. A request with `unknownAbove` of its own has the last word.
         */
        patch: operations["updateModelVersion"];
        trace?: never;
    };
    "/v1/models/{name}/auto-retrain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When a classifier is trained again, and what was decided */
        get: operations["getAutoRetrain"];
        /**
         * Have a classifier trained again by itself
         * @description Whenever so many images of its dataset have changed, or at the times of a schedule when any has; once, however many servers share the database, and not while one of its trainings waits or runs or a rollout of it runs.
         */
        put: operations["putAutoRetrain"];
        post?: never;
        /**
         * Have a classifier trained by request alone
         * @description A training that was queued goes on as one by request.
         */
        delete: operations["deleteAutoRetrain"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/rollout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rollout that runs, or the last one */
        get: operations["getRollout"];
        /**
         * Let a version answer a share of the requests, or score versions beside the active one
         * @description Of the requests that classify and name no version, on all servers that share the database. A client that sends `x-client-id`, or a key, gets the same version each time; others get one by chance. Versions on the backbone of the active one are scored on what either answers, after the answer, at the price of a head. With the same `version` the rollout that runs is changed and counts on; with another one it ends and the next begins.
         */
        put: operations["putRollout"];
        post?: never;
        /** End the rollout: the active version answers every request again */
        delete: operations["endRollout"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/rollouts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last rollouts of a classifier */
        get: operations["listRollouts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/aliases/{alias}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Give a version another name, or move the name to it
         * @description The name stands for the version wherever a call takes one (`?version=stable`), on all servers that share the database. The version is loaded first; each request is answered by the version that the name stood for before or by this one.
         */
        put: operations["setVersionAlias"];
        post?: never;
        /**
         * Delete an alias
         * @description Its version stays. 404 `unknown_version` where the classifier has no such alias.
         */
        delete: operations["deleteVersionAlias"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/repository/models/{model}/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look for a classifier in the models directories and serve it
         * @description Ends what `unload` began. Configurations and files are not taken from the request.
         */
        post: operations["loadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/repository/models/{model}/unload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a classifier out of service in this process
         * @description Until `load`, a new version of it, or a restart. Its files stay; requests in flight are answered.
         */
        post: operations["unloadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/default-model": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Choose the default classifier
         * @description It answers every request that names none, on all servers that share the database, until another is chosen. DEFAULT_MODEL, where it is set, decides instead: 409.
         */
        put: operations["setDefaultModel"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a classifier with all its versions
         * @description Requests in flight finish on it; one whose files are gone already is forgotten. 409 for the default classifier, for one that comes with Taxon, and while a training that is not over trains it or builds on it.
         */
        delete: operations["deleteModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at the models directories again
         * @description Serves what was put into them since the last look and drops what was taken out, as SIGHUP does; servers that share the database follow.
         */
        post: operations["reloadModels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/versions/{version}/predictions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a version says of the images of a dataset
         * @description From stored embeddings, so that a thousand images take seconds; images without one are embedded first, below requests in priority. Of images that the version learnt from (`split=train`) it is nearly always right.
         */
        get: operations["listPredictions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/versions/{version}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Take a version away
         * @description As `taxon export` writes it: onnx, image in, calibrated probabilities out; tfjs, a zip of the layers model; h5 and keras, for Keras; tflite, tflite-float16 and tflite-int8, for phones; coreml and coreml-float16, an .mlmodel for Apple; taxon, for another Taxon. It takes seconds to begin, because the file is made then.
         */
        get: operations["exportModelVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the keys */
        get: operations["listKeys"];
        put?: never;
        /** Create a key */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key */
        delete: operations["deleteKey"];
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description What is absent stays as it is. To replace a key: create another one, and set `expiresAt` of this one.
         */
        patch: operations["updateKey"];
        trace?: never;
    };
    "/v1/admin/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Take everything along
         * @description A tar of the database, the images and the classifiers as they are at one moment, for `taxon restore`; it ends with the hashes of all that is in it. It takes a while to begin.
         */
        get: operations["getBackup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the webhooks */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Register a webhook
         * @description Its events are posted as Standard Webhooks: signed, again with growing pauses until the answer is 2xx.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook, with its last deliveries */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description What waits to be sent to it is not sent any more.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event to a webhook
         * @description An event of the type `webhook.test`; the webhook shows how its delivery went.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/models/{name}/drift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether a classifier still sees images like those of its training
         * @description Compares the embeddings and the classes of the images that the active version answered in the last day with those of its training. Webhooks are told of `classifier.drifted`.
         */
        get: operations["getDrift"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the server is now
         * @description For pages that people look at; a monitoring system had better read `/metrics`.
         */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the process alive, or must it be started again */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Should the server get traffic */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the server alive, or must it be started again */
        get: operations["isServerLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v2/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is the server ready */
        get: operations["isServerReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus metrics */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcceptedCapture: {
            dataset: string;
            label: string;
        };
        Activation: {
            /** Format: int64 */
            version?: number;
            /** @description In place of `version`: the one that it names now */
            alias?: string;
        };
        ActiveVersion: {
            name: string;
            /** Format: int64 */
            activeVersion: number;
        };
        AliasTarget: {
            /** Format: int64 */
            version: number;
        };
        AllVersions: Record<string, never>;
        ApiKey: {
            /** Format: uuid */
            id: string;
            /**
             * @description For people to tell keys apart
             * @example till-3
             */
            name: string & (unknown & unknown);
            /** @description train includes classify, admin includes all; metrics is for GET /metrics */
            scopes: components["schemas"]["Scope"][];
            /** @description The first characters of the key */
            prefix: string;
            /** Format: date-time */
            createdAt: string;
            /** @description When the key ends; null: not by itself */
            expiresAt: string | null;
            /** @description In each replica; null: as RATE_LIMIT says */
            requestsPerMinute: number | null;
            /** @description Of a day in UTC, in all replicas together, to within a minute of use; null: any number */
            requestsPerDay: number | null;
            /** @description Whether images of its requests may be kept for review, by classifiers that keep any */
            capture: boolean;
            /** @description To the minute */
            lastUsedAt: string | null;
            /**
             * Format: int64
             * @description Since midnight in UTC, to within a minute of use
             */
            requestsToday: number;
        };
        ApiKeyChanges: {
            /**
             * @description For people to tell keys apart
             * @example till-3
             */
            name?: string & (unknown & unknown);
            /**
             * @description When the key ends; null: not by itself
             * @example 2030-01-01T00:00:00Z
             */
            expiresAt?: string | null;
            /** @description In each replica; null: as RATE_LIMIT says */
            requestsPerMinute?: number | null;
            /** @description Of a day in UTC, in all replicas together, to within a minute of use; null: any number */
            requestsPerDay?: number | null;
            /** @description Whether images of its requests may be kept for review, by classifiers that keep any */
            capture?: boolean;
        };
        ApiKeyList: {
            keys: components["schemas"]["ApiKey"][];
        };
        /** @description What has to be said of an image wherever it is shown */
        Attribution: {
            /** @description Title of the work */
            title: string | null;
            /** @description Who made it */
            author: string | null;
            /** @description Name of the license, as CC BY-SA 4.0 */
            license: string | null;
            /** @description Where the license can be read */
            licenseUrl: string | null;
            /** @description Page that the image was found on */
            sourceUrl: string | null;
            /** @description Where it was searched for */
            provider: string | null;
        };
        Augmentation: {
            /**
             * @description Mirror left and right, one view in two
             * @default true
             */
            flip?: boolean;
            /**
             * @description Keep 65 to 100 % of the area, at a random place
             * @default true
             */
            crop?: boolean;
            /**
             * @description Brightness and saturation ± 20 %, hue ± 9 degrees
             * @default true
             */
            colour?: boolean;
            /**
             * @description Turn by up to 10 degrees either way
             * @default true
             */
            rotation?: boolean;
            /**
             * @description Grey out a rectangle of 2 to 15 % of the area (Zhong et al. 2017), one view in two
             * @default false
             */
            erasing?: boolean;
        };
        AutoRetrain: {
            model: string;
            /** @description As PUT takes them, with what was left out; null: it is off, and has no other figures */
            settings: {
                [key: string]: unknown;
            } | null;
            /**
             * @description idle: nothing is under way; training; shadow, canary: the rollout of the version that it gave
             * @enum {string}
             */
            stage: "idle" | "training" | "shadow" | "canary";
            /**
             * Format: int64
             * @description Images of the dataset that were added, removed or labelled anew since the last training on it
             */
            corrections: number;
            /** @description Of the schedule; null: there is none */
            nextRunAt: string | null;
            /** @description In words; null: something is under way */
            waitingFor: string | null;
            /** @description The last one that it queued */
            training: string | null;
            /** @description What it decided and why, the last first, at most 50 */
            steps: components["schemas"]["AutoRetrainStep"][];
        };
        /** @description What happens to the new version, `if-better` by default: as with a training by request, or a rollout */
        AutoRetrainActivation: ("if-better" | "never") | components["schemas"]["AutoRetrainRollout"];
        /** @description A version that is better on held-out images is rolled out, and activated when the conditions hold */
        AutoRetrainRollout: {
            /** @description Absent: it answers a share of the requests at once */
            shadow?: components["schemas"]["AutoRetrainShadow"];
            /**
             * Format: double
             * @description Of the requests, that it answers then
             */
            percent: number;
            conditions: components["schemas"]["RolloutConditions"];
        };
        AutoRetrainSchedule: {
            /**
             * @description Minute, hour, day of the month, month, day of the week
             * @example 0 3 * * *
             */
            cron: string;
            /**
             * @description By its IANA name; where clocks are changed, the hour stays
             * @default UTC
             * @example Europe/Berlin
             */
            timeZone?: string;
        };
        /**
         * @example {
         *       "dataset": "clothing",
         *       "afterCorrections": 50,
         *       "schedule": {
         *         "cron": "0 3 * * *",
         *         "timeZone": "Europe/Berlin"
         *       }
         *     }
         */
        AutoRetrainSettings: {
            /**
             * @description Name of a dataset
             * @example clothing
             */
            dataset: string;
            /** @description Images added to the dataset, removed from it or labelled anew since the last training, that start the next one */
            afterCorrections?: number;
            /** @description When a training is started, if anything has changed since the last one */
            schedule?: components["schemas"]["AutoRetrainSchedule"];
            /**
             * @description Between two trainings of the classifier on this dataset, whoever asked for the first
             * @default 3600
             */
            minimumIntervalSeconds?: number;
            activate?: components["schemas"]["AutoRetrainActivation"];
            /**
             * Format: double
             * @description Accuracy that if-better wants beyond the active version, as a share of images
             * @default 0
             */
            margin?: number;
            /** @description Classifier whose backbone to build on; default: the model's own, and for a new one the best that was pulled or imported, else the default classifier's */
            backbone?: string;
            /**
             * @default default
             * @enum {string}
             */
            preset?: "keras" | "default";
            /** @description Replace values of the preset */
            hyperparameters?: components["schemas"]["Hyperparameters"];
            /** @description Looks for better hyper-parameters; those that are best on validation are kept */
            search?: components["schemas"]["HeadSearch"];
            /**
             * @description top-blocks: after the head, the upper blocks of the backbone are trained too, with a tenth of its learning rate, which gives a backbone of its own. Where that is not better on the validation images, the version has the frozen backbone. Needs TensorFlow (npm run build:tfjs-native)
             * @enum {string}
             */
            fineTune?: "top-blocks";
        };
        AutoRetrainShadow: {
            /** @description On which it is scored before it answers any */
            images: number;
            /**
             * Format: double
             * @description Share of them of which it says what the active version says; with less the rollout fails
             * @default 0
             */
            minAgreement?: number;
        };
        AutoRetrainStep: {
            /** Format: date-time */
            at: string;
            /**
             * @description set: by request; queued: a training; skipped: nothing had changed; refused: the dataset cannot be trained on; failed: the training or the rollout; activated: its version answers; kept: the version before does; shadow, canary: its version is tried; ended: by request, before it was decided
             * @enum {string}
             */
            kind: "set" | "queued" | "skipped" | "refused" | "failed" | "activated" | "kept" | "shadow" | "canary" | "ended";
            reason: string;
            training: string | null;
            version: number | null;
        };
        BackboneRef: {
            id: string;
            architecture: string;
            /** Format: int64 */
            embeddingSize: number;
        };
        /** @description One image or several. A JSON body is as long as one image of MAX_IMAGE_BYTES in base64, at most: larger batches go as multipart/form-data. */
        Base64Images: {
            images: string[];
        };
        BatchStatistics: {
            /** Format: int64 */
            batch_size: number;
            compute_input: components["schemas"]["StatisticDuration"];
            compute_infer: components["schemas"]["StatisticDuration"];
            compute_output: components["schemas"]["StatisticDuration"];
        };
        Calibration: {
            /** Format: double */
            expectedError: number;
            /**
             * Format: double
             * @description What honest confidences would show on as many images
             */
            chanceError?: number;
            /** Format: double */
            negativeLogLikelihood: number;
            /** @description By confidence; bins without images are left out */
            reliability: components["schemas"]["ReliabilityBin"][];
        } & {
            [key: string]: unknown;
        };
        /** @description Before and after the temperature */
        CalibrationFigures: {
            before: components["schemas"]["Calibration"];
            after: components["schemas"]["Calibration"];
        } & {
            [key: string]: unknown;
        };
        Capture: {
            /** Format: int64 */
            id: number;
            requestId: string;
            /**
             * Format: int64
             * @description Of the image in its request, from 0
             */
            position: number;
            /** @description Of the API key that was shown; null: none was */
            keyId: string | null;
            classifier: string;
            /**
             * Format: int64
             * @description That answered. 0: the classifier was only taught, never trained
             */
            version: number;
            /** @description What it took the image for */
            label: string;
            /** Format: double */
            probability: number;
            /** @description Of the answer; null: the version cannot tell */
            known: boolean | null;
            sha256: string;
            /** Format: int64 */
            bytes: number;
            /**
             * @description new: it waits for review; accepted: it is in a dataset
             * @enum {string}
             */
            state: "new" | "accepted";
            /** @description Where it is now; null: it waits, or the dataset has lost it since */
            accepted: components["schemas"]["AcceptedCapture"] | null;
            /** Format: date-time */
            capturedAt: string;
        };
        CaptureAcceptance: {
            /**
             * @description Name of a dataset
             * @example clothing
             */
            dataset: string;
            /**
             * @description What it shows; absent: what was answered
             * @example t-shirt
             */
            label?: string & (unknown & unknown & unknown & unknown);
        };
        CaptureList: {
            captures: components["schemas"]["Capture"][];
            /** @description For `after`; null: this is the last page */
            next: string | null;
        };
        CaptureRule: {
            /**
             * Format: double
             * @description Of the images that are classified and may be kept, 0 to 1
             */
            share: number;
            /**
             * @description Of the files of images that wait for review; past it the oldest go
             * @default 1073741824
             */
            maxBytes?: number;
            /**
             * @description Those that wait for longer go
             * @default 30
             */
            maxAgeDays?: number;
            /**
             * @description Only images whose most probable class is less probable than this, or that are unknown; null: any image
             * @default null
             */
            uncertainBelow?: number | null;
            /**
             * @description true: also images of requests that no key comes with, which nobody can have consented to
             * @default false
             */
            withoutKey?: boolean;
        };
        ChangedImages: {
            /** @description What each image was, once, in the order of the changes: sent as `changes`, it undoes them */
            before: components["schemas"]["ImageState"][];
        };
        ChangedVersion: {
            name: string;
            /** Format: int64 */
            version: number;
            /** Format: double */
            unknownAbove: number;
        };
        ClassCount: {
            label: string;
            /** Format: int64 */
            train: number;
            /** Format: int64 */
            validation: number;
            /** Format: int64 */
            test: number;
            /** Format: int64 */
            total: number;
        };
        ClassFigures: {
            label: string;
            /**
             * Format: double
             * @description Share of the images predicted as this class that are it
             */
            precision: number;
            /** @description 95 % interval (Wilson; absent where none was predicted) */
            precisionInterval?: components["schemas"]["Interval"];
            /**
             * Format: double
             * @description Share of the images of this class that were predicted as it
             */
            recall: number;
            /** @description 95 % interval (Wilson; absent where there is none) */
            recallInterval?: components["schemas"]["Interval"];
            /** Format: double */
            f1: number;
            /**
             * Format: int64
             * @description Images of this class
             */
            support: number;
        } & {
            [key: string]: unknown;
        };
        ClassTotals: {
            label: string;
            /** Format: int64 */
            train: number;
            /** Format: int64 */
            validation: number;
            /** Format: int64 */
            test: number;
        };
        /**
         * @description With one classifier: `model` and its `results`. With several: one entry each under `models` instead.
         * @example {
         *       "model": {
         *         "name": "clothing",
         *         "version": 1
         *       },
         *       "results": [
         *         {
         *           "filename": "boot.jpg",
         *           "width": 640,
         *           "height": 480,
         *           "predictions": [
         *             {
         *               "label": "shoes",
         *               "probability": 0.93
         *             },
         *             {
         *               "label": "hat",
         *               "probability": 0.04
         *             }
         *           ],
         *           "known": true,
         *           "novelty": 0.31
         *         }
         *       ],
         *       "timing": {
         *         "decodeMs": 6.1,
         *         "queueMs": 0.4,
         *         "inferenceMs": 21.5
         *       }
         *     }
         */
        Classification: {
            model?: components["schemas"]["ModelRef"];
            results?: components["schemas"]["ImageClassification"][];
            /** @description In the order asked for */
            models?: components["schemas"]["ModelClassification"][];
            timing: components["schemas"]["Timing"];
        };
        ClassifierCapture: {
            /**
             * Format: double
             * @description Of the images that are classified and may be kept, 0 to 1
             */
            share: number;
            /**
             * @description Of the files of images that wait for review; past it the oldest go
             * @default 1073741824
             */
            maxBytes: number;
            /**
             * @description Those that wait for longer go
             * @default 30
             */
            maxAgeDays: number;
            /**
             * @description Only images whose most probable class is less probable than this, or that are unknown; null: any image
             * @default null
             */
            uncertainBelow: number | null;
            /**
             * @description true: also images of requests that no key comes with, which nobody can have consented to
             * @default false
             */
            withoutKey: boolean;
            model: string;
            /** @description false: nothing new is kept */
            enabled: boolean;
            /**
             * Format: int64
             * @description That wait for review
             */
            images: number;
            /**
             * Format: int64
             * @description Of their files; one that was captured several times counts each time
             */
            bytes: number;
            /** @description When the first of them was kept; null: none waits */
            oldestAt: string | null;
            /**
             * Format: int64
             * @description Images that are in datasets
             */
            accepted: number;
        };
        CreatedApiKey: {
            /** Format: uuid */
            id: string;
            /**
             * @description For people to tell keys apart
             * @example till-3
             */
            name: string & (unknown & unknown);
            /** @description train includes classify, admin includes all; metrics is for GET /metrics */
            scopes: components["schemas"]["Scope"][];
            /** @description The first characters of the key */
            prefix: string;
            /** Format: date-time */
            createdAt: string;
            /** @description When the key ends; null: not by itself */
            expiresAt: string | null;
            /** @description In each replica; null: as RATE_LIMIT says */
            requestsPerMinute: number | null;
            /** @description Of a day in UTC, in all replicas together, to within a minute of use; null: any number */
            requestsPerDay: number | null;
            /** @description Whether images of its requests may be kept for review, by classifiers that keep any */
            capture: boolean;
            /** @description To the minute */
            lastUsedAt: string | null;
            /**
             * Format: int64
             * @description Since midnight in UTC, to within a minute of use
             */
            requestsToday: number;
            /** @description The key itself, shown this once */
            key: string;
        };
        CreatedWebhook: {
            /** Format: uuid */
            id: string;
            url: string;
            events: ("training.succeeded" | "training.failed" | "training.cancelled" | "version.activated" | "version.rolled_back" | "rollout.started" | "rollout.changed" | "rollout.promoted" | "rollout.failed" | "rollout.ended" | "auto_retrain.decided" | "classifier.drifted" | "review_queue.above")[];
            description: string;
            /** @description Of `review_queue.above`; null without that event */
            reviewQueueAbove: number | null;
            /** Format: date-time */
            createdAt: string;
            /**
             * @description Signs what is sent, shown this once
             * @example whsec_…
             */
            secret: string;
        };
        DatabaseStatus: {
            /** @enum {string} */
            kind: "embedded" | "server";
            /** @description Why the process must be started again; null: it need not */
            outage: string | null;
        };
        Dataset: {
            /**
             * @description Name of a dataset
             * @example clothing
             */
            name: string;
            task: components["schemas"]["DatasetTask"];
            /** Format: int64 */
            splitSeed: number;
            /** Format: double */
            validationShare: number;
            /** Format: double */
            testShare: number;
            /**
             * Format: int64
             * @description Labelled images; one under two labels counts twice
             */
            images: number;
            /**
             * Format: int64
             * @description Without the negatives
             */
            classes: number;
            /** @description Label of the images that are of none of the classes; null: no images are meant to be */
            negatives: (string & (unknown & unknown & unknown & unknown)) | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            changedAt: string;
        };
        DatasetChange: {
            /** @description Label of images that are of none of the classes: no class of what is trained, but it learns from them what is unknown. null: its images are of a class again */
            negatives: (string & (unknown & unknown & unknown & unknown)) | null;
        };
        /** @enum {string} */
        DatasetDifference: "added" | "removed" | "relabelled" | "moved";
        DatasetDifferenceCounts: {
            /**
             * Format: int64
             * @description Only the second has them
             */
            added: number;
            /**
             * Format: int64
             * @description Only the first has them
             */
            removed: number;
            /** Format: int64 */
            relabelled: number;
            /**
             * Format: int64
             * @description To another split; relabelled ones may be among them
             */
            moved: number;
            /**
             * Format: int64
             * @description Neither relabelled nor moved
             */
            same: number;
        };
        DatasetDifferenceImage: {
            /**
             * Format: int64
             * @description Of the image in the dataset: in the first state, where it has it
             */
            id: number;
            sha256: string;
            /** @description Null: the first state does not have it */
            before: components["schemas"]["LabelAndSplit"] | null;
            /** @description Null: the second state does not have it */
            after: components["schemas"]["LabelAndSplit"] | null;
        };
        DatasetDifferencePage: {
            /** @description Of all images, whatever page this is */
            counts: components["schemas"]["DatasetDifferenceCounts"];
            images: components["schemas"]["DatasetDifferenceImage"][];
            /** @description `after` of the next page; null on the last one */
            next: number | null;
        };
        DatasetImage: {
            /** Format: int64 */
            id: number;
            sha256: string;
            /** @description In a multi-label dataset all its labels, with `|` between */
            label: string;
            /** @description One, but in a multi-label dataset any number, sorted */
            labels: string[];
            split: components["schemas"]["Split"];
            /** @description True when the split was asked for, false when it was drawn */
            splitGiven: boolean;
            /** @description Images of the dataset that look the same share it */
            group: string;
            fileNames: string[];
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /** Format: int64 */
            bytes: number;
            format: string;
            /** @description Null where nobody said who made the image */
            attribution: components["schemas"]["Attribution"] | null;
            /** Format: date-time */
            createdAt: string;
            /** @description Path of a preview */
            thumbnail: string;
        };
        DatasetImageChange: {
            /**
             * @description Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none
             * @example t-shirt
             */
            label?: string & (unknown & unknown & unknown & unknown);
            /** @description As `label`, as a list; it goes before that. In a single-label dataset it has one */
            labels?: (string & (unknown & unknown & unknown & unknown))[];
            split?: components["schemas"]["Split"];
        };
        DatasetImagePage: {
            images: components["schemas"]["ListedImage"][];
            /** @description `after` of the next page; null on the last one */
            next: number | null;
            /** @description Images that match, on the first page (without `after`); null on the others */
            total: number | null;
        };
        DatasetImageUpload: {
            /** @description Who made the images, as JSON of an `Attribution`: the first for the first image, and so on, each before its image; an empty one says nothing */
            attribution?: string[];
            image: string[];
        };
        DatasetList: {
            datasets: components["schemas"]["Dataset"][];
        };
        DatasetOptions: {
            /**
             * @description Another seed, another split
             * @default 1
             */
            splitSeed?: number;
            /**
             * Format: double
             * @default 0.15
             */
            validationShare?: number;
            /**
             * Format: double
             * @default 0.15
             */
            testShare?: number;
            /** @description Absent: single-label, or as it is */
            task?: components["schemas"]["DatasetTask"];
        };
        DatasetRestoration: {
            /**
             * @description Name for the state of the dataset before; absent: it gets none
             * @example v1
             */
            keepAs?: string;
        };
        DatasetStatistics: {
            /**
             * @description Name of a dataset
             * @example clothing
             */
            name: string;
            task: components["schemas"]["DatasetTask"];
            /** Format: int64 */
            splitSeed: number;
            /** Format: double */
            validationShare: number;
            /** Format: double */
            testShare: number;
            /**
             * Format: int64
             * @description Labelled images; one under two labels counts twice
             */
            images: number;
            /** @description Label of the images that are of none of the classes; null: no images are meant to be */
            negatives: (string & (unknown & unknown & unknown & unknown)) | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            changedAt: string;
            /** @description By name, the negatives last */
            classes: components["schemas"]["ClassCount"][];
            formats: {
                [key: string]: number;
            };
            sizes: components["schemas"]["ImageSizes"];
            /** @description The same bytes under several file names; kept once */
            exactDuplicates: components["schemas"]["ImageGroups"];
            /** @description Images that look the same, by perceptual hash */
            nearDuplicates: components["schemas"]["ImageGroups"];
            /** @description Duplicates, exact or near, in more than one split, because their splits were given */
            leaks: components["schemas"]["ImageGroups"];
            /** @description The same image under several labels */
            conflictingLabels: components["schemas"]["ImageGroups"];
            unreadable: components["schemas"]["UnreadableFiles"];
        };
        /**
         * @description Whether each image has one label, or any number of them. It cannot be changed
         * @enum {string}
         */
        DatasetTask: "single-label" | "multi-label";
        DatasetVersion: {
            name: string;
            /** @description The training whose images it has; null: it was named as it was then */
            training: string | null;
            /**
             * Format: int64
             * @description Labelled images; one under two labels counts twice
             */
            images: number;
            /** Format: int64 */
            classes: number;
            /**
             * Format: int64
             * @description Images of it that were deleted for good, which it no longer has
             */
            gone: number;
            /** Format: date-time */
            createdAt: string;
        };
        DatasetVersionList: {
            /** @description The newest first */
            versions: components["schemas"]["DatasetVersion"][];
        };
        DefaultModel: {
            model: string;
        };
        DiskStatus: {
            /**
             * Format: int64
             * @description Of its file system
             */
            bytes: number;
            /**
             * Format: int64
             * @description Left
             */
            availableBytes: number;
        };
        /** @description It is done. */
        Done: Record<string, never>;
        Drift: {
            name: string;
            /**
             * Format: int64
             * @description The active one
             */
            version: number;
            /**
             * @description unknown: the version was made without what images are compared with, or is not loaded; collecting: too few images yet
             * @enum {string}
             */
            state: "unknown" | "collecting" | "steady" | "drifted";
            /** @description When the version was first found drifted, or no longer; null: never */
            since: string | null;
            /**
             * Format: int64
             * @description What is looked back on
             */
            hours: number;
            /**
             * Format: int64
             * @description That the version answered in this time, on all servers together
             */
            images: number;
            /**
             * Format: int64
             * @description With fewer nothing is said
             */
            leastImages: number;
            /** @description Population stability index of the embeddings, what chance adds to it taken away; null: nothing can be said */
            embeddings: number | null;
            /** @description The same of the classes that images are taken for; null too where too few held-out images tell what to expect */
            classes: number | null;
            /** @description An index from here on is drift */
            driftedFrom: components["schemas"]["DriftLimits"];
            /** @description Drift ends when both are below these */
            steadyBelow: components["schemas"]["DriftLimits"];
            /** @description In the order of the labels; empty where the state is unknown */
            mix: components["schemas"]["DriftClass"][];
        };
        DriftClass: {
            label: string;
            /**
             * Format: double
             * @description Of the held-out images of the training, taken for this class
             */
            expected: number;
            /**
             * Format: double
             * @description Of the images of the last day; 0 where there are none
             */
            seen: number;
        };
        DriftLimits: {
            /** Format: double */
            embeddings: number;
            /** Format: double */
            classes: number;
        };
        DynamicBatching: Record<string, never>;
        Embedding: {
            model: components["schemas"]["ModelRef"];
            backbone: string;
            results: components["schemas"]["ImageEmbedding"][];
            timing: components["schemas"]["Timing"];
        };
        Engine: {
            /** @enum {string} */
            engine: "onnx" | "openvino" | "tfjs" | "remote";
            /** @enum {string} */
            device: "cpu" | "cuda" | "webgpu" | "coreml" | "dml" | "gpu" | "npu" | "remote";
            deviceName: string;
            libraries: {
                [key: string]: string;
            };
            /** Format: int64 */
            threads: number;
            /** @description What it computes in hardware here, slowest first */
            readonly precisions: ("fp32" | "bf16" | "int8")[];
            /** Format: int64 */
            deviceMemoryBytes?: number;
        };
        /** @enum {string} */
        ErrorCode: "invalid_request" | "empty_body" | "missing_image" | "malformed_multipart" | "unauthorized" | "image_url_refused" | "forbidden" | "not_found" | "unknown_model" | "unknown_version" | "unknown_dataset" | "unknown_dataset_version" | "unknown_image" | "unknown_training" | "unknown_key" | "unknown_webhook" | "method_not_allowed" | "request_timeout" | "conflict" | "fine_tuning_unavailable" | "request_in_progress" | "body_too_large" | "image_too_large" | "too_many_images" | "unsupported_image" | "unsupported_media_type" | "undecodable_image" | "image_url_failed" | "image_timeout" | "invalid_model" | "invalid_archive" | "invalid_dataset" | "training_failed" | "idempotency_key_reused" | "overloaded" | "rate_limited" | "quota_exceeded" | "feedback_full" | "headers_too_large" | "client_closed" | "internal" | "database_unavailable" | "engine_unavailable" | "not_ready" | "storage_unavailable" | "deadline_exceeded" | "storage_full";
        /** @description It has a `heatmap` or a `png`, as asked for */
        Explanation: {
            label: string;
            /**
             * @description cam: class-activation map, of a linear head; occlusion: places were greyed out one after another
             * @enum {string}
             */
            method: "cam" | "occlusion";
            /** @description true of an occlusion for which time was short: fewer places were greyed out, and the map has less detail */
            coarse?: boolean;
            /**
             * Format: int64
             * @description Columns of the map; the longer side has 32, or 256 in a PNG
             */
            width: number;
            /**
             * Format: int64
             * @description Rows of the map
             */
            height: number;
            /** @description Rows from the top, each from the left, evenly over the whole upright image: 1 where most speaks for the class, 0 where nothing does or the classifier does not look */
            heatmap?: number[][];
            /**
             * Format: byte
             * @description White, as opaque as the place speaks for the class: to be stretched over the upright image
             */
            png?: string;
        };
        Feedback: {
            /** Format: int64 */
            id: number;
            sha256: string;
            classifier: string;
            version: number | null;
            /** @description What it is, as the user says */
            label: string;
            /** @enum {string} */
            state: "new" | "accepted" | "rejected";
            /** Format: date-time */
            createdAt: string;
        };
        FeedbackAcceptance: {
            /**
             * @description Name of a dataset
             * @example clothing
             */
            dataset: string;
            /**
             * @description Absent: the user's
             * @example t-shirt
             */
            label?: string & (unknown & unknown & unknown & unknown);
        };
        FeedbackList: {
            feedback: components["schemas"]["ReviewedFeedback"][];
        };
        FileError: {
            code: string;
            detail: string;
        };
        /** @description An `error` where it failed; otherwise everything else */
        FileResult: {
            filename: string;
            /** @enum {string} */
            outcome: "added" | "duplicate" | "failed";
            /** Format: int64 */
            id?: number;
            sha256?: string;
            label?: string;
            split?: components["schemas"]["Split"];
            nearDuplicateOf?: number | null;
            error?: components["schemas"]["FileError"];
        };
        FlaskClassification: {
            success: boolean;
            /** @description Every class, in label order. */
            predictions: components["schemas"]["Prediction"][];
        };
        FlaskImageUpload: {
            img: string[];
        };
        ForgottenCaptures: {
            /**
             * Format: int64
             * @description Images that were kept, each once for every classifier that kept it
             */
            captures: number;
            /**
             * Format: int64
             * @description Files that are gone
             */
            imagesRemoved: number;
            /**
             * Format: int64
             * @description Files that stay, because something else refers to them: another request, a dataset that had the image already, a training that runs
             */
            imagesInUse: number;
            /** @description That had taken images, and have lost them now */
            datasets: components["schemas"]["ForgottenInDataset"][];
        };
        ForgottenInDataset: {
            dataset: string;
            /** Format: int64 */
            images: number;
        };
        GroupedImage: {
            /** Format: int64 */
            id: number;
            label: string;
            split: components["schemas"]["Split"];
            fileNames: string[];
        };
        HeadSearch: {
            /**
             * @description Settings to try beside those of the request
             * @default 30
             */
            trials?: number;
            /**
             * @description For which it may go on; the settings of the request are tried in any case
             * @default 3600
             */
            seconds?: number;
            /** @description Bounds of what is tried */
            space?: components["schemas"]["SearchSpace"];
        };
        Hyperparameters: {
            /** @description Units of each hidden dense layer; empty for a linear head */
            hiddenLayers?: number[];
            /**
             * @description Of the hidden layers
             * @enum {string}
             */
            activation?: "relu" | "tanh" | "swish";
            /**
             * Format: double
             * @description Share of values dropped before the output layer and between hidden layers
             */
            dropout?: number;
            /** @description Weight of the sum of squared kernel values in the loss; of several, the best on validation is kept */
            l2?: number[];
            /** Format: double */
            labelSmoothing?: number;
            /**
             * @description balanced: a rare class counts as much as a frequent one
             * @enum {string}
             */
            classWeights?: "none" | "balanced";
            /**
             * @description lbfgs: for a linear head without dropout (any other is fitted by adam): all images at once, to the minimum; its L2 chosen by cross-validation; where there are test images it learns from the validation images, too, in the end. `learningRate`, `schedule`, `batchSize` and `patience` are of adam, which the default preset takes when one of them, hidden layers or dropout are asked for
             * @enum {string}
             */
            solver?: "adam" | "lbfgs";
            /**
             * Format: double
             * @description Of Adam, at the start
             */
            learningRate?: number;
            /**
             * @description plateau: halved after 3 epochs without a better validation loss
             * @enum {string}
             */
            schedule?: "constant" | "cosine" | "plateau";
            epochs?: number;
            batchSize?: number;
            /** @description Epochs without a better validation loss before stopping; the best weights are kept */
            patience?: number;
            /** @description Give each embedding value mean 0 and variance 1; folded into the exported head */
            standardise?: boolean;
            /** @description Augmented views of each training image, beside the image itself */
            views?: number;
            augmentation?: components["schemas"]["Augmentation"];
            seed?: number;
        };
        /** @description What is absent stays as it is */
        ImageChange: {
            /** Format: int64 */
            id: number;
            /**
             * @description Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none
             * @example t-shirt
             */
            label?: string & (unknown & unknown & unknown & unknown);
            split?: components["schemas"]["Split"];
            /** @description Absent: true where `split` is there */
            splitGiven?: boolean;
            /** @description true: out of the dataset. false: back in it, within 60 minutes */
            removed?: boolean;
        };
        ImageChanges: {
            /** @description Of an image that is there twice, what comes later counts */
            changes: components["schemas"]["ImageChange"][];
        };
        /** @description It has `predictions` or an `error` */
        ImageClassification: {
            filename?: string;
            /** Format: int64 */
            width?: number;
            /** Format: int64 */
            height?: number;
            predictions?: components["schemas"]["Prediction"][];
            /** @description Of a multi-label classifier, whose probabilities do not sum to 1: the classes that reach their thresholds, in label order; whatever topK and minProbability are */
            labels?: string[];
            /** @description false: the image is like none that the version was trained on, whatever the probabilities say. Absent where the version cannot tell, as those that were imported */
            known?: boolean;
            /**
             * Format: double
             * @description Share of the images of its training that are more like the others than this one: 0.5 for one in the middle
             */
            novelty?: number;
            /** @description With `explain=heatmap` */
            explanation?: components["schemas"]["Explanation"];
            error?: components["schemas"]["ImageError"];
        };
        /** @description It has an `embedding` or an `error` */
        ImageEmbedding: {
            filename?: string;
            /** Format: int64 */
            width?: number;
            /** Format: int64 */
            height?: number;
            embedding?: number[];
            error?: components["schemas"]["ImageError"];
        };
        /** @description Why this image has no result; the others of the request have theirs */
        ImageError: {
            code: components["schemas"]["ErrorCode"];
            detail: string;
        };
        ImageGroups: {
            /** Format: int64 */
            count: number;
            groups: components["schemas"]["GroupedImage"][][];
        };
        ImagePrediction: {
            /** Format: int64 */
            imageId: number;
            /** @description SHA-256 of the file */
            image: string;
            fileName: string | null;
            label: string;
            split: components["schemas"]["Split"];
            /** @description The most probable class; null when the image cannot be decoded */
            predicted: string | null;
            /** @description Of `predicted`, calibrated */
            probability: number | null;
            /** @description Why the image cannot be decoded */
            reason: string | null;
            /** @description Path of a preview */
            thumbnail: string;
        };
        ImagePredictionPage: {
            predictions: components["schemas"]["ImagePrediction"][];
            /** @description null on the last page */
            next: number | null;
        };
        ImageSizes: {
            /**
             * Format: int64
             * @description All files together
             */
            bytes: number;
            minWidth: number | null;
            maxWidth: number | null;
            medianWidth: number | null;
            minHeight: number | null;
            maxHeight: number | null;
            medianHeight: number | null;
        };
        ImageState: {
            /** Format: int64 */
            id: number;
            label: string;
            split: components["schemas"]["Split"];
            splitGiven: boolean;
            removed: boolean;
        };
        /** @description The field may be called `file` as well. */
        ImageUpload: {
            image: string[];
        };
        /** @description One image on a host that IMAGE_URL_HOSTS lists. Refused otherwise, and by default. */
        ImageUrl: {
            /**
             * Format: uri
             * @description Where the server fetches the image from, by http or https.
             */
            url: string;
        };
        IndexedModel: {
            name: string;
            version: string;
            /** @enum {string} */
            state: "READY" | "UNAVAILABLE";
            reason?: string;
        };
        InferInput: {
            /** @enum {string} */
            name: "image";
            /** @enum {string} */
            datatype: "BYTES";
            shape: number[];
            data: string[];
        };
        InferOutput: {
            name: string;
            datatype: string;
            shape: number[];
            parameters?: components["schemas"]["TensorParameters"];
            data?: unknown[];
        };
        InferRequest: {
            id?: string;
            inputs: components["schemas"]["InferInput"][];
            outputs?: components["schemas"]["RequestedOutput"][];
        };
        InferResponse: {
            id?: string;
            model_name: string;
            model_version: string;
            outputs: components["schemas"]["InferOutput"][];
        };
        InferenceStatistics: {
            success: components["schemas"]["StatisticDuration"];
            fail: components["schemas"]["StatisticDuration"];
            queue: components["schemas"]["StatisticDuration"];
            compute_input: components["schemas"]["StatisticDuration"];
            compute_infer: components["schemas"]["StatisticDuration"];
            compute_output: components["schemas"]["StatisticDuration"];
            cache_hit: components["schemas"]["StatisticDuration"];
            cache_miss: components["schemas"]["StatisticDuration"];
        };
        InputConfig: {
            name: string;
            data_type: string;
            format: string;
            dims: number[];
        };
        Interval: {
            /** Format: double */
            low: number;
            /** Format: double */
            high: number;
        };
        LabelAndSplit: {
            /**
             * @description Class of an image
             * @example t-shirt
             */
            label: string & (unknown & unknown & unknown & unknown);
            split: components["schemas"]["Split"];
        };
        LabelledBase64Image: {
            /**
             * Format: byte
             * @description An image file in standard base64, or as a data URL: `data:image/jpeg;base64,…`
             * @example iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12Po6OgAAAM0AZkQj9/uAAAAAElFTkSuQmCC
             */
            image: string;
            /**
             * @description What the image really shows; may be a class that the classifier does not know
             * @example t-shirt
             */
            label: string & (unknown & unknown & unknown & unknown);
        };
        LabelledImageUpload: {
            /** Format: binary */
            image: string;
            /**
             * @description What the image really shows; may be a class that the classifier does not know
             * @example t-shirt
             */
            label: string & (unknown & unknown & unknown & unknown);
        };
        /** @description Images that the training could not use: all are counted, the first 20 are named */
        LeftOut: {
            /** Format: int64 */
            count: number;
            images: components["schemas"]["LeftOutImage"][];
        };
        LeftOutImage: {
            /**
             * Format: int64
             * @description Id of the image in its dataset
             */
            imageId: number;
            /** @description SHA-256 of the file */
            image: string;
            label: string;
            /** @description Name that it was uploaded under, if any */
            fileName: string | null;
            /**
             * @description embeddings: left out of everything; compare: of the comparison with the active version
             * @enum {string}
             */
            stage: "embeddings" | "compare";
            reason: string;
        };
        Lesson: {
            model: string;
            /** @description It has the images; trainings learn from it */
            dataset: string;
            /** @description Active version that it goes on from; null: none was trained yet */
            version: number | null;
            /**
             * Format: int64
             * @description Images since the last training
             */
            taught: number;
            /** @description Of the dataset, by name */
            classes: components["schemas"]["TaughtClass"][];
            /** @description Whether what was taught answers now */
            answers: boolean;
            /** @description Share of the taught images in what is said of classes that the version was trained on */
            trust: number | null;
            /** @description Images since the last training that start the next one */
            promoteAfter: number | null;
        };
        LessonRule: {
            /** @description Images since the last training that start the next one; null: only promoteLesson does. Absent: as before */
            promoteAfter?: number | null;
        };
        ListedImage: {
            /** Format: int64 */
            id: number;
            sha256: string;
            /** @description In a multi-label dataset all its labels, with `|` between */
            label: string;
            /** @description One, but in a multi-label dataset any number, sorted */
            labels: string[];
            split: components["schemas"]["Split"];
            /** @description True when the split was asked for, false when it was drawn */
            splitGiven: boolean;
            /** @description Images of the dataset that look the same share it */
            group: string;
            fileNames: string[];
            /** Format: int64 */
            width: number;
            /** Format: int64 */
            height: number;
            /** Format: int64 */
            bytes: number;
            format: string;
            /** @description Null where nobody said who made the image */
            attribution: components["schemas"]["Attribution"] | null;
            /** Format: date-time */
            createdAt: string;
            /** @description Path of a preview */
            thumbnail: string;
            /** @description With `model` or what asks for predictions only; null: the image cannot be decoded, is of the negatives, or is with `order=doubt` the only one of its class */
            prediction?: components["schemas"]["TopPrediction"] | null;
        };
        Liveness: {
            /** @enum {string} */
            status: "live";
        };
        /** @description Of images that had no say in the temperature */
        LogLoss: {
            /** Format: double */
            uncalibrated: number;
            /** Format: double */
            calibrated: number;
        };
        MemoryStatus: {
            /**
             * Format: int64
             * @description Of this process (resident)
             */
            processBytes: number;
            /**
             * Format: int64
             * @description Of its JavaScript heap, in use
             */
            heapBytes: number;
            /**
             * Format: int64
             * @description Of the machine
             */
            machineBytes: number;
            /**
             * Format: int64
             * @description Unused
             */
            machineFreeBytes: number;
        };
        Metrics: {
            /**
             * Format: double
             * @description Share of the held-out images
             */
            accuracy?: number;
            /** @description 95 % interval (Wilson) */
            accuracyInterval?: components["schemas"]["Interval"];
            /** Format: double */
            macroF1?: number;
            /** @description 95 % interval (bootstrap: a single point where nothing was wrong) */
            macroF1Interval?: components["schemas"]["Interval"];
            /** Format: double */
            temperature?: number;
            temperatureFit?: components["schemas"]["TemperatureFit"];
            /** @description What the lower precisions that were tried answer beside fp32 */
            precisions?: components["schemas"]["PrecisionCheck"][];
            /** @description What a search for hyper-parameters came to */
            search?: components["schemas"]["SearchFigures"];
            novelty?: components["schemas"]["NoveltyCheck"];
            multiLabel?: components["schemas"]["MultiLabelFigures"];
            /** @description Held-out images that it got wrong, the most confident first, 20 at most: their labels may be wrong */
            worstMistakes?: components["schemas"]["Mistake"][];
        } & {
            [key: string]: unknown;
        };
        Mistake: {
            /** @description SHA-256 of the file */
            image: string;
            /**
             * Format: int64
             * @description Its id in the dataset
             */
            imageId?: number;
            /** @description In the training’s figures only, which need a key */
            fileName?: string | null;
            /** @description Path of a preview; needs a key */
            thumbnail?: string;
            label: string;
            predicted: string;
            /**
             * Format: double
             * @description Of `predicted`, calibrated
             */
            probability: number;
        } & {
            [key: string]: unknown;
        };
        Model: {
            name: string;
            /** @description It answers requests that name none */
            default: boolean;
            /** Format: int64 */
            activeVersion: number;
            versions: number[];
            /** @description Other names of versions, with the version that each names now */
            aliases: {
                [key: string]: number;
            };
            labels: string[];
            /** @description Whether its classes exclude one another, so that their probabilities sum to 1, or each has a probability of its own */
            task: components["schemas"]["DatasetTask"];
            backbone: components["schemas"]["BackboneRef"];
            /** @description What the active version computes in */
            precision: components["schemas"]["Precision"];
            engine: components["schemas"]["Engine"];
        };
        ModelChange: {
            parameters?: Record<string, never>;
        };
        ModelClassification: {
            model: components["schemas"]["ModelRef"];
            results: components["schemas"]["ImageClassification"][];
        };
        ModelConfig: {
            name: string;
            platform: string;
            backend: string;
            version_policy: components["schemas"]["VersionPolicy"];
            /** Format: int64 */
            max_batch_size: number;
            input: components["schemas"]["InputConfig"][];
            output: components["schemas"]["OutputConfig"][];
            dynamic_batching: components["schemas"]["DynamicBatching"];
            parameters: {
                [key: string]: components["schemas"]["ModelParameter"];
            };
        };
        ModelList: {
            models: components["schemas"]["Model"][];
        };
        ModelMetadata: {
            name: string;
            versions: string[];
            platform: string;
            inputs: components["schemas"]["TensorMetadata"][];
            outputs: components["schemas"]["TensorMetadata"][];
            /** @description An extension of the protocol: the classes behind the columns of `probabilities`. */
            labels: string[];
        };
        ModelParameter: {
            string_value: string;
        };
        ModelReady: {
            name: string;
            ready: boolean;
        };
        ModelRef: {
            name: string;
            /**
             * Format: int64
             * @description 0: it was only taught, never trained
             */
            version: number;
            /** @description true: what it was taught since its last training answers too */
            taught?: boolean;
        };
        ModelStatistics: {
            name: string;
            version: string;
            /** Format: int64 */
            last_inference: number;
            /** Format: int64 */
            inference_count: number;
            /** Format: int64 */
            execution_count: number;
            inference_stats: components["schemas"]["InferenceStatistics"];
            batch_stats: components["schemas"]["BatchStatistics"][];
            memory_usage: unknown[];
            response_stats: components["schemas"]["ResponseStatistics"];
        };
        ModelStatisticsList: {
            model_stats: components["schemas"]["ModelStatistics"][];
        };
        ModelStatus: {
            name: string;
            /** Format: int64 */
            activeVersion: number;
            precision: components["schemas"]["Precision"];
        };
        ModelVersion: {
            name: string;
            /** Format: int64 */
            version: number;
            active: boolean;
            /** @description Its other names */
            aliases: string[];
            labels: string[];
            /** @description Whether its classes exclude one another, so that their probabilities sum to 1, or each has a probability of its own */
            task: components["schemas"]["DatasetTask"];
            /** @description Of a multi-label version, by label: from which probability on an image has it */
            thresholds?: number[];
            backbone: components["schemas"]["BackboneRef"];
            preprocessing: components["schemas"]["Preprocessing"];
            /** Format: double */
            temperature: number;
            /**
             * Format: double
             * @description Images of a `novelty` above it are unknown, unless a request says otherwise
             */
            unknownAbove: number;
            metrics: components["schemas"]["VersionMetrics"];
            provenance: {
                [key: string]: unknown;
            };
            /** @description Null where it was trained elsewhere, or the database is away */
            training: components["schemas"]["TrainingOrigin"] | null;
            /** @description Of the version itself, by name; a head has its backbone beside it */
            files: {
                [key: string]: components["schemas"]["VersionFile"];
            };
            license: string;
            /** @description What it computes in, or would if it were active */
            precision: components["schemas"]["Precision"];
            engine: components["schemas"]["Engine"];
        };
        MultiLabelClassFigures: {
            label: string;
            /** @description As scikit-learn defines it; null: no held-out image has the class */
            averagePrecision: number | null;
            /** Format: double */
            precision: number;
            /** Format: double */
            recall: number;
            /** Format: double */
            f1: number;
            /**
             * Format: int64
             * @description Held-out images that have the class
             */
            support: number;
            /**
             * Format: double
             * @description From which probability on an image is said to have it
             */
            threshold: number;
        } & {
            [key: string]: unknown;
        };
        MultiLabelComparison: {
            /** Format: int64 */
            images: number;
            /** Format: double */
            candidateMeanAveragePrecision: number;
            /** Format: double */
            activeMeanAveragePrecision: number;
            /**
             * Format: double
             * @description Candidate minus active
             */
            gain: number;
            /** @description 95 % interval (bootstrap) */
            gainInterval: components["schemas"]["Interval"];
        } & {
            [key: string]: unknown;
        };
        /** @description Of a multi-label version, in place of accuracy and its like */
        MultiLabelFigures: {
            /**
             * Format: int64
             * @description Images that the figures are of
             */
            images: number;
            /**
             * Format: double
             * @description mAP: mean over the classes that held-out images have
             */
            meanAveragePrecision: number;
            /** @description 95 % interval (bootstrap) */
            meanAveragePrecisionInterval: components["schemas"]["Interval"];
            /** Format: double */
            microF1: number;
            /** Format: double */
            macroF1: number;
            /**
             * Format: double
             * @description Share of images of which all labels are right, and none is too many
             */
            exactMatch: number;
            /** @description 95 % interval (Wilson) */
            exactMatchInterval: components["schemas"]["Interval"];
            classes: components["schemas"]["MultiLabelClassFigures"][];
            /** @description With the version that was active; null: there was none */
            comparison: components["schemas"]["MultiLabelComparison"] | null;
        } & {
            [key: string]: unknown;
        };
        NewApiKey: {
            /**
             * @description For people to tell keys apart
             * @example till-3
             */
            name: string & (unknown & unknown);
            /** @description train includes classify, admin includes all; metrics is for GET /metrics */
            scopes: components["schemas"]["Scope"][];
            /**
             * @description When the key ends; null: not by itself
             * @example 2030-01-01T00:00:00Z
             */
            expiresAt?: string | null;
            /** @description In each replica; null: as RATE_LIMIT says */
            requestsPerMinute?: number | null;
            /** @description Of a day in UTC, in all replicas together, to within a minute of use; null: any number */
            requestsPerDay?: number | null;
            /** @description Whether images of its requests may be kept for review, by classifiers that keep any */
            capture?: boolean;
        };
        NewDatasetVersion: {
            /**
             * @description Anything but `now`, which means the dataset as it is
             * @example v1
             */
            name: string;
            /**
             * Format: uuid
             * @description Id of a training on the dataset, whose images it gets; absent: those that it has now
             */
            training?: string;
        };
        NewRollout: {
            /**
             * Format: int64
             * @description The canary: it answers in place of the active version
             */
            version: number;
            /**
             * Format: double
             * @description Of the requests that name no version
             * @default 0
             */
            percent?: number;
            /**
             * @description Ids of API keys whose requests it answers, all of them; known with AUTH=required
             * @default []
             */
            keys?: string[];
            /**
             * @description Further versions that are scored beside the active one and answer nobody
             * @default []
             */
            shadows?: number[];
            conditions?: components["schemas"]["RolloutConditions"];
        };
        /**
         * @example {
         *       "dataset": "clothing",
         *       "model": "clothing"
         *     }
         */
        NewTraining: {
            /**
             * @description Name of a dataset
             * @example clothing
             */
            dataset: string;
            /**
             * @description A version of the dataset to learn from; absent: the dataset as it is when the training begins
             * @example v1
             */
            datasetVersion?: string;
            /** @description Classifier to publish a version of; a new name makes a new classifier */
            model: string;
            /** @description Classifier whose backbone to build on; default: the model's own, and for a new one the best that was pulled or imported, else the default classifier's */
            backbone?: string;
            /**
             * @description What happens to the new version; the first of a new classifier answers in any case
             * @default if-better
             * @enum {string}
             */
            activate?: "manual" | "if-better" | "always";
            /**
             * Format: double
             * @description Accuracy that if-better wants beyond the active version, as a share of images
             * @default 0
             */
            margin?: number;
            /**
             * @default default
             * @enum {string}
             */
            preset?: "keras" | "default";
            /** @description Replace values of the preset */
            hyperparameters?: components["schemas"]["Hyperparameters"];
            /** @description Looks for better hyper-parameters; those that are best on validation are kept */
            search?: components["schemas"]["HeadSearch"];
            /**
             * @description top-blocks: after the head, the upper blocks of the backbone are trained too, with a tenth of its learning rate, which gives a backbone of its own. Where that is not better on the validation images, the version has the frozen backbone. Needs TensorFlow (npm run build:tfjs-native)
             * @enum {string}
             */
            fineTune?: "top-blocks";
        };
        NewWebhook: {
            /**
             * Format: uri
             * @description Where events are posted to
             * @example https://example.com/taxon
             */
            url: string;
            events: ("training.succeeded" | "training.failed" | "training.cancelled" | "version.activated" | "version.rolled_back" | "rollout.started" | "rollout.changed" | "rollout.promoted" | "rollout.failed" | "rollout.ended" | "auto_retrain.decided" | "classifier.drifted" | "review_queue.above")[];
            /** @description For people to tell webhooks apart */
            description?: string & (unknown & unknown);
            /** @description `review_queue.above` is sent each time the corrections and captured images that wait for review become more than this, by default 0; without that event it means nothing */
            reviewQueueAbove?: number;
        };
        NoveltyAgainst: {
            /**
             * @description drawn: images of nothing; otherDatasets: some of datasets on the server that have no class in common with this one; uploaded: held-out negatives of the dataset
             * @enum {string}
             */
            kind: "drawn" | "otherDatasets" | "uploaded";
            /** Format: int64 */
            images: number;
            /**
             * Format: double
             * @description Called unknown
             */
            unknown: number;
            /**
             * Format: double
             * @description Of the held-out images against these
             */
            auroc: number;
            /**
             * Format: double
             * @description Of these, taken for known where 95 % of the held-out images are
             */
            falsePositiveRate: number;
        };
        /** @description How well it tells images of none of its classes */
        NoveltyCheck: {
            /**
             * Format: int64
             * @description Training images that an image is measured by
             */
            references: number;
            /**
             * Format: double
             * @description What the shares below are of
             */
            unknownAbove: number;
            /**
             * Format: double
             * @description Of the held-out images: called unknown
             */
            heldOutUnknown: number;
            /**
             * Format: double
             * @description Of the held-out images: right, and called unknown
             */
            accuracyGivenUp?: number;
            /**
             * Format: double
             * @description Of drawn images of nothing: called unknown
             */
            blanksUnknown: number;
            /**
             * Format: double
             * @description Of held-out images against those of nothing
             */
            auroc: number;
            /**
             * Format: double
             * @description Of the images of nothing: taken for known where 95 % of the held-out images are
             */
            falsePositiveRate: number;
            /** @description The same figures by kind of negatives */
            against?: components["schemas"]["NoveltyAgainst"][];
            /**
             * @description What tells them; absent: nearest-neighbours
             * @enum {string}
             */
            measure?: "nearest-neighbours" | "mahalanobis";
            learntFromNegatives?: boolean;
            /** @description What the measure was chosen from */
            tried?: components["schemas"]["NoveltyMeasure"][];
        };
        NoveltyMeasure: {
            /** @enum {string} */
            measure: "nearest-neighbours" | "mahalanobis";
            /** @description It learns from the negatives of the dataset */
            withNegatives: boolean;
            /**
             * Format: double
             * @description Mean over the kinds of negatives, without the uploaded ones where it does not learn from them; of images that it had not learnt from
             */
            auroc: number;
        };
        OutputConfig: {
            name: string;
            data_type: string;
            dims: number[];
            label_filename: string;
        };
        Percentiles: {
            /** Format: double */
            p50: number;
            /** Format: double */
            p95: number;
            /** Format: double */
            p99: number;
        };
        Precision: {
            /** @enum {string} */
            name: "fp32" | "bf16" | "int8";
            /** @description Why this one and no faster one */
            reason: string;
        };
        PrecisionCheck: {
            /** @enum {string} */
            engine: "onnx" | "openvino" | "tfjs" | "remote";
            /** @enum {string} */
            precision: "bf16" | "int8";
            backbone: string;
            /** Format: int64 */
            images: number;
            /** Format: double */
            agreement: number;
            /** Format: double */
            explainedVariance: number;
            /** Format: double */
            accuracy?: number;
            /** Format: double */
            fp32Accuracy?: number;
        };
        Prediction: {
            label: string;
            /** Format: double */
            probability: number;
        };
        Preprocessing: {
            height: number;
            width: number;
            /** @enum {string} */
            resize: "stretch" | "centre-crop" | "letterbox";
            /**
             * Format: double
             * @default 1
             */
            cropFraction: number;
            /** @enum {string} */
            kernel: "nearest" | "linear" | "cubic" | "lanczos3";
            /**
             * @default rgb
             * @enum {string}
             */
            channels: "rgb" | "bgr";
            scale: number[];
            offset: number[];
        };
        /**
         * @description RFC 9457 problem details; `code` is stable, `detail` is for people.
         * @example {
         *       "type": "urn:taxon:problem:unknown_model",
         *       "title": "There is no such classifier",
         *       "status": 404,
         *       "detail": "there is no classifier \"shoes\"; there are clothing",
         *       "code": "unknown_model",
         *       "requestId": "0d5c7b0e-6a43-4c52-9d2f-3c1f6f0c6b11"
         *     }
         */
        Problem: {
            type: string;
            title: string;
            /** Format: int64 */
            status: number;
            detail: string;
            code: components["schemas"]["ErrorCode"];
            requestId: string;
            /** @description `detail` once more, under /v2: the Open Inference Protocol's name for it. */
            error?: string;
        };
        QueueStatus: {
            /**
             * Format: int64
             * @description That wait for their turn or for the engine
             */
            images: number;
            /**
             * Format: double
             * @description What was let in will take
             */
            promisedMilliseconds: number;
            /**
             * Format: int64
             * @description Classifications refused as `overloaded` since the start
             */
            refused: number;
        };
        Readiness: {
            /** @enum {string} */
            status: "ready";
            engine: components["schemas"]["Engine"];
        };
        RecentImages: {
            /** Format: int64 */
            seconds: number;
            /**
             * Format: int64
             * @description Images that were answered, one for each classifier that did
             */
            images: number;
            /** Format: double */
            imagesPerSecond: number;
            /** @description By stage, of one image; null: there was none */
            milliseconds: components["schemas"]["StagePercentiles"] | null;
        };
        RefusedFile: {
            filename: string;
            detail: string;
        };
        RefusedVersion: {
            directory: string;
            reason: string;
        };
        ReliabilityBin: {
            /** Format: double */
            from: number;
            /** Format: double */
            to: number;
            /** Format: int64 */
            count: number;
            /**
             * Format: double
             * @description Mean probability of the predicted class
             */
            confidence: number;
            /** Format: double */
            accuracy: number;
            /** @description 95 % interval (Wilson) */
            accuracyInterval?: components["schemas"]["Interval"];
        } & {
            [key: string]: unknown;
        };
        Reloaded: {
            added: components["schemas"]["ModelRef"][];
            removed: components["schemas"]["ModelRef"][];
            /** @description All versions that cannot be served, not only new ones */
            refused: components["schemas"]["RefusedVersion"][];
        };
        RepositoryIndex: components["schemas"]["IndexedModel"][];
        RepositoryIndexRequest: {
            ready?: boolean;
        };
        RequestedOutput: {
            /** @enum {string} */
            name: "probabilities" | "label";
        };
        ResponseStatistics: Record<string, never>;
        RestoredDataset: {
            /** @description What was changed in the dataset */
            counts: components["schemas"]["DatasetDifferenceCounts"];
        };
        ReviewedFeedback: {
            /** Format: int64 */
            id: number;
            sha256: string;
            classifier: string;
            version: number | null;
            /** @description What it is, as the user says */
            label: string;
            /** @enum {string} */
            state: "new" | "accepted" | "rejected";
            /** Format: date-time */
            createdAt: string;
            /** @description With `order=informative` only; null: the classifier is gone, or the image cannot be decoded */
            prediction?: components["schemas"]["TopPrediction"] | null;
        };
        Rollout: {
            name: string;
            /**
             * @description promoted: its version was activated; failed: a condition did not hold; ended: by request, or by the activation of another version
             * @enum {string}
             */
            state: "running" | "promoted" | "failed" | "ended";
            /**
             * Format: int64
             * @description The canary: it answers in place of the active version
             */
            version: number;
            /**
             * Format: double
             * @description Of the requests that name no version
             */
            percent: number;
            /** @description Ids of API keys whose requests it answers, all of them; known with AUTH=required */
            keys: string[];
            /** @description Further versions that are scored beside the active one and answer nobody */
            shadows: number[];
            conditions: components["schemas"]["RolloutConditions"] | null;
            /** @description What is missing until the conditions are judged */
            waitingFor: string | null;
            /** Format: date-time */
            startedAt: string;
            endedAt: string | null;
            /** @description What each has shown, on all servers together */
            versions: components["schemas"]["RolloutVersion"][];
            /** @description The oldest first */
            steps: components["schemas"]["RolloutStep"][];
        };
        /** @description When all of them hold the canary is activated, when one does not the rollout fails */
        RolloutConditions: {
            /** @description Requests that the canary answers before it is judged */
            after: number;
            /**
             * Format: double
             * @description Share of images of which it says what the active version says; only on the same backbone
             */
            minAgreement?: number;
            /**
             * Format: double
             * @description Of its requests. It fails at once when the errors are more than this allows of `after` requests
             */
            maxErrorRate?: number;
            /**
             * Format: double
             * @description Of its images
             */
            maxUnknownShare?: number;
            /**
             * Format: double
             * @description Of its images, of the most probable class
             */
            minMeanTopProbability?: number;
            /**
             * Format: double
             * @description On images that users sent corrections of
             */
            minCorrectedAccuracy?: number;
            /** @description Corrected images that it waits for besides; absent: 20 with minCorrectedAccuracy, else none */
            minCorrections?: number;
        };
        /** @description The newest first */
        RolloutList: {
            rollouts: components["schemas"]["Rollout"][];
        };
        RolloutStep: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            kind: "started" | "changed" | "promoted" | "failed" | "ended";
            reason: string;
        };
        RolloutVersion: {
            /** Format: int64 */
            version: number;
            /**
             * @description When the rollout began
             * @enum {string}
             */
            role: "active" | "canary" | "shadow";
            /**
             * Format: int64
             * @description That named no version, and were answered by this one
             */
            requests: number;
            /**
             * Format: int64
             * @description Of the requests, those that failed through a fault of the server
             */
            errors: number;
            /** @description Of the requests; null where there are none, as with each share */
            errorRate: number | null;
            /** @description Milliseconds from the arrival of a request’s images to the result */
            meanMs: number | null;
            /**
             * Format: int64
             * @description That it answered; of a shadow, that it was scored on
             */
            images: number;
            /** @description Of the images that it answered; null too where it cannot tell */
            unknownShare: number | null;
            /** @description Of the most probable class of its images */
            meanTopProbability: number | null;
            /**
             * Format: int64
             * @description Images of which the active version’s class is known too
             */
            compared: number;
            /**
             * Format: int64
             * @description Of those, the ones of which both say the same
             */
            agreed: number;
            /** @description With the active version */
            agreement: number | null;
            /**
             * Format: int64
             * @description Images that users corrected since, as far as it was asked about them
             */
            corrections: number;
            /**
             * Format: int64
             * @description Of those, the ones of which it says what the user says
             */
            right: number;
            /** @description On these images: they are those that some version got wrong, mostly */
            correctedAccuracy: number | null;
        };
        /** @enum {string} */
        Scope: "classify" | "train" | "metrics" | "admin";
        /** @description The best trial beside the settings of the request, both fitted anew on divisions of the images that had no say in the search */
        SearchCheck: {
            /**
             * Format: int64
             * @description The one of the lowest loss
             */
            trial: number;
            /** @description How much lower its loss is than that of the settings of the request; null: a fit failed, or there are too few images */
            gain: number | null;
            /** @description Of `gain`, over images; near duplicates count as one */
            standardError: number | null;
            /** @description Whether the gain is more than 1 standard error, so that the head has its settings */
            isTaken: boolean;
        };
        SearchFigures: {
            /**
             * Format: int64
             * @description Settings that were tried, those of the request included
             */
            trials: number;
            /** Format: int64 */
            fits: number;
            /** Format: double */
            seconds: number;
            /**
             * Format: int64
             * @description Folds that the figures are means of; 1: of the validation images
             */
            folds: number;
            /** @description Of the settings of the request */
            first: components["schemas"]["TrialFigures"];
            /** @description Of the settings that the head has */
            best: components["schemas"]["TrialFigures"];
            /**
             * Format: int64
             * @description Their number; 0: nothing was better than the settings of the request
             */
            bestTrial: number;
            /** @description null: no trial had a lower loss than the settings of the request */
            check?: components["schemas"]["SearchCheck"] | null;
        };
        SearchSpace: {
            /** @description Epochs: the lowest and the highest */
            epochs?: number[];
            /** @description Hidden layers: the lowest and the highest */
            layers?: number[];
            /** @description Units of each hidden layer: the lowest and the highest */
            units?: number[];
            activation?: ("relu" | "tanh" | "swish")[];
            /** @description Dropout: the lowest and the highest */
            dropout?: number[];
            /** @description L2: the lowest and the highest */
            l2?: number[];
            /** @description Label smoothing: the lowest and the highest */
            labelSmoothing?: number[];
            classWeights?: ("none" | "balanced")[];
            /** @description Learning rate of Adam: the lowest and the highest */
            learningRate?: number[];
            standardise?: boolean[];
            /** @description Augmented views of each training image: the lowest and the highest */
            views?: number[];
        };
        ServerLive: {
            live: boolean;
        };
        ServerMetadata: {
            name: string;
            version: string;
            extensions: string[];
        };
        ServerProcess: {
            /** Format: uuid */
            id: string;
            /** @enum {string} */
            role: "all" | "api" | "trainer";
            host: string;
            /** @description Of Taxon */
            release: string;
            /**
             * Format: int64
             * @description Trainings that it runs at a time
             */
            trainers: number;
            /** Format: date-time */
            startedAt: string;
            /** Format: date-time */
            seenAt: string;
            /** @description Active versions that it cannot serve, with what answers in their place */
            behind: components["schemas"]["Shortfall"][];
        };
        ServerReady: {
            ready: boolean;
        };
        Session: {
            /** @description Of the key that was sent; null: none was, or it is not valid (any more) */
            keyId: string | null;
            /** @description What the caller may do, with that key or without one */
            scopes: components["schemas"]["Scope"][];
            /**
             * @description open: classification needs no key. required: it does (AUTH)
             * @enum {string}
             */
            auth: "open" | "required";
            /** @description Of Taxon; null to those who may do nothing */
            version: string | null;
        };
        Shortfall: {
            model: string;
            /** Format: int64 */
            version: number;
            answers: number | null;
            reason: string;
        };
        SignIn: {
            /** @description What follows `#sign-in=` in the link */
            token: string;
        };
        SimilarImage: {
            /** Format: int64 */
            imageId: number;
            /** @description SHA-256 of the file */
            image: string;
            dataset: string;
            label: string;
            split: components["schemas"]["Split"];
            /**
             * Format: double
             * @description Cosine of the embeddings: 1 for the same image
             */
            similarity: number;
            /** @description Path of a preview */
            thumbnail: string;
        };
        SimilarImages: {
            model: components["schemas"]["ModelRef"];
            dataset: string;
            /**
             * Format: int64
             * @description Images of the dataset that have an embedding
             */
            searched: number;
            /**
             * Format: int64
             * @description Images of the dataset that have none yet, and so are not found
             */
            missing: number;
            results: components["schemas"]["SimilarToImage"][];
            timing: components["schemas"]["Timing"];
        };
        /** @description It has `similar` or an `error` */
        SimilarToImage: {
            filename?: string;
            /** Format: int64 */
            width?: number;
            /** Format: int64 */
            height?: number;
            /** @description Most similar first */
            similar?: components["schemas"]["SimilarImage"][];
            error?: components["schemas"]["ImageError"];
        };
        /** @description The field may be called `file` as well. */
        SimilarUpload: {
            image: string[];
        };
        /**
         * @description Part of the dataset
         * @enum {string}
         */
        Split: "train" | "validation" | "test";
        StagePercentiles: {
            /** @description All that an image waited, for a decoder and for the engine */
            queue: components["schemas"]["Percentiles"];
            decode: components["schemas"]["Percentiles"];
            /** @description Of its whole batch */
            inference: components["schemas"]["Percentiles"];
            total: components["schemas"]["Percentiles"];
        };
        StatisticDuration: {
            /** Format: int64 */
            count: number;
            /** Format: int64 */
            ns: number;
        };
        Status: {
            /** @description Of Taxon */
            version: string;
            /** Format: double */
            uptimeSeconds: number;
            /** @description Why `/health/ready` answers 503; null: it does not */
            notReady: string | null;
            engine: components["schemas"]["Engine"];
            models: components["schemas"]["ModelStatus"][];
            recent: components["schemas"]["RecentImages"];
            queue: components["schemas"]["QueueStatus"];
            /** @description In every process that shares the database; null: it does not answer */
            trainings: components["schemas"]["TrainingCounts"] | null;
            memory: components["schemas"]["MemoryStatus"];
            disks: {
                [key: string]: components["schemas"]["DiskStatus"];
            };
            /** @description That share the database and live; this one is the first */
            processes: components["schemas"]["ServerProcess"][];
            database: components["schemas"]["DatabaseStatus"];
        };
        Taught: {
            /** Format: int64 */
            added: number;
            /**
             * Format: int64
             * @description The same bytes were there under the same label
             */
            duplicates: number;
            /** Format: int64 */
            failed: number;
            /** @description In the order of the images */
            results: components["schemas"]["FileResult"][];
            lesson: components["schemas"]["Lesson"];
        };
        TaughtClass: {
            label: string;
            /**
             * Format: int64
             * @description In the dataset
             */
            images: number;
            /**
             * Format: int64
             * @description Of these, since the last training
             */
            taught: number;
        };
        TeachUpload: {
            image: string[];
            /**
             * @description Class of all these images
             * @example t-shirt
             */
            label: string & (unknown & unknown & unknown & unknown);
        };
        TemperatureFit: {
            /** @enum {string} */
            method: "cross-validation" | "validation";
            /**
             * Format: int64
             * @description Images that it was fitted on
             */
            images: number;
            /** Format: double */
            temperature: number;
            logLoss: components["schemas"]["LogLoss"];
        } & {
            [key: string]: unknown;
        };
        TensorMetadata: {
            name: string;
            datatype: string;
            shape: number[];
        };
        TensorParameters: {
            /** Format: int64 */
            binary_data_size: number;
        };
        /** @description The slowest image of the request by stage, in milliseconds; `queueMs` is what it waited for a decoder and the engine. */
        Timing: {
            /** Format: double */
            decodeMs: number;
            /** Format: double */
            queueMs: number;
            /** Format: double */
            inferenceMs: number;
        };
        TopPrediction: {
            label: string;
            /**
             * Format: double
             * @description Calibrated
             */
            probability: number;
        };
        Training: {
            /** Format: uuid */
            id: string;
            model: string;
            dataset: string;
            request: {
                [key: string]: unknown;
            };
            /** @description request: a caller; lesson: the rule of what was taught; auto-retrain: the classifier trains itself again */
            startedBy: components["schemas"]["TrainingStarter"];
            state: components["schemas"]["TrainingState"];
            stage: string | null;
            /** Format: double */
            progress: number;
            metrics: components["schemas"]["Metrics"] | null;
            version: number | null;
            leftOut: components["schemas"]["LeftOut"];
            error: components["schemas"]["TrainingError"] | null;
            /** Format: date-time */
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
            /**
             * @description trainer: it waits, and no process that runs trainings is there; asked of one training only
             * @enum {string}
             */
            waitsFor?: "trainer";
        };
        TrainingCounts: {
            /** Format: int64 */
            queued: number;
            /** Format: int64 */
            running: number;
        };
        TrainingDetail: {
            /** Format: uuid */
            id: string;
            model: string;
            dataset: string;
            request: {
                [key: string]: unknown;
            };
            /** @description request: a caller; lesson: the rule of what was taught; auto-retrain: the classifier trains itself again */
            startedBy: components["schemas"]["TrainingStarter"];
            state: components["schemas"]["TrainingState"];
            stage: string | null;
            /** Format: double */
            progress: number;
            metrics: components["schemas"]["Metrics"] | null;
            version: number | null;
            leftOut: components["schemas"]["LeftOut"];
            error: components["schemas"]["TrainingError"] | null;
            /** Format: date-time */
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
            /**
             * @description trainer: it waits, and no process that runs trainings is there; asked of one training only
             * @enum {string}
             */
            waitsFor?: "trainer";
            /** @description Fits of its search, in the order in which they ended; a setting that did well has two */
            trials: components["schemas"]["Trial"][];
        };
        TrainingError: {
            code: string;
            detail: string;
        };
        TrainingList: {
            trainings: components["schemas"]["Training"][];
        };
        TrainingOrigin: {
            dataset: string;
            /** Format: date-time */
            createdAt: string;
            startedAt: string | null;
            finishedAt: string | null;
        };
        /** @enum {string} */
        TrainingStarter: "request" | "lesson" | "auto-retrain";
        /** @enum {string} */
        TrainingState: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        Trial: {
            /**
             * Format: int64
             * @description 0: what was asked for, without a search
             */
            number: number;
            hyperparameters: {
                [key: string]: unknown;
            };
            /**
             * Format: double
             * @description Share of its epochs that it was fitted with; 1: all
             */
            share: number;
            /** @description -log p(label) of validation images, calibrated; null: the fit failed */
            loss: number | null;
            /** @description Of validation images */
            accuracy: number | null;
            failure: string | null;
            /**
             * Format: double
             * @description That the fit took
             */
            seconds: number;
            /**
             * Format: double
             * @description Seconds of the search when it had ended
             */
            elapsed: number;
        };
        TrialFigures: {
            loss: number | null;
            accuracy: number | null;
        };
        UnreadableFile: {
            fileName: string;
            label: string;
            code: string;
            detail: string;
        };
        UnreadableFiles: {
            /** Format: int64 */
            count: number;
            files: components["schemas"]["UnreadableFile"][];
        };
        UploadRefusal: {
            code: string;
            /** Format: int64 */
            count: number;
            /** @description The first 10 */
            files: components["schemas"]["RefusedFile"][];
        };
        UploadResult: {
            totals: components["schemas"]["UploadTotals"];
            results: components["schemas"]["FileResult"][];
        };
        UploadTotals: {
            /** Format: int64 */
            files: number;
            /** Format: int64 */
            added: number;
            /**
             * Format: int64
             * @description The same bytes were there under the same label; nothing was added
             */
            duplicates: number;
            /**
             * Format: int64
             * @description Added, though an image of the dataset looks the same
             */
            nearDuplicates: number;
            /** Format: int64 */
            failed: number;
            /** @description Images that were added, by class and split */
            classes: components["schemas"]["ClassTotals"][];
            /** @description By error code, the most frequent first */
            failures: components["schemas"]["UploadRefusal"][];
        };
        VersionAlias: {
            name: string;
            alias: string;
            /** Format: int64 */
            version: number;
        };
        VersionChange: {
            /** @description Images of a `novelty` above it; null: 0.99, as it is at first */
            unknownAbove: number | null;
        };
        VersionComparison: {
            /** Format: int64 */
            images: number;
            /** Format: double */
            candidateAccuracy: number;
            /** Format: double */
            activeAccuracy: number;
            /**
             * Format: double
             * @description Candidate minus active
             */
            gain: number;
            /** @description 95 % interval (Bonett and Price, paired) */
            gainInterval?: components["schemas"]["Interval"];
            /**
             * Format: int64
             * @description Images that only this version got right
             */
            onlyCandidate?: number;
            /** Format: int64 */
            onlyActive?: number;
        } & {
            [key: string]: unknown;
        };
        VersionFile: {
            sha256: string;
            /** Format: int64 */
            bytes: number;
        };
        VersionMetrics: {
            /**
             * Format: double
             * @description Share of the held-out images
             */
            accuracy?: number;
            /** @description 95 % interval (Wilson) */
            accuracyInterval?: components["schemas"]["Interval"];
            /** Format: double */
            macroF1?: number;
            /** @description 95 % interval (bootstrap: a single point where nothing was wrong) */
            macroF1Interval?: components["schemas"]["Interval"];
            /** Format: double */
            temperature?: number;
            temperatureFit?: components["schemas"]["TemperatureFit"];
            /** @description What the lower precisions that were tried answer beside fp32 */
            precisions?: components["schemas"]["PrecisionCheck"][];
            /** @description What a search for hyper-parameters came to */
            search?: components["schemas"]["SearchFigures"];
            novelty?: components["schemas"]["NoveltyCheck"];
            multiLabel?: components["schemas"]["MultiLabelFigures"];
            /** @description Held-out images that it got wrong, the most confident first, 20 at most: their labels may be wrong */
            worstMistakes?: components["schemas"]["Mistake"][];
            /**
             * Format: int64
             * @description Images that the figures are of
             */
            images?: number;
            /** @description Their part of the dataset */
            evaluatedOn?: components["schemas"]["Split"];
            /**
             * Format: double
             * @description Share of images whose label is among the five most probable
             */
            top5?: number;
            classes?: components["schemas"]["ClassFigures"][];
            /** @description Images by true class (rows) and predicted class (columns), in the order of the labels */
            confusion?: number[][];
            calibration?: components["schemas"]["CalibrationFigures"];
            /** @description With the version that was active when this one was trained; null: there was none */
            comparison?: components["schemas"]["VersionComparison"] | null;
        } & {
            [key: string]: unknown;
        };
        VersionPolicy: {
            all: components["schemas"]["AllVersions"];
        };
        Webhook: {
            /** Format: uuid */
            id: string;
            url: string;
            events: ("training.succeeded" | "training.failed" | "training.cancelled" | "version.activated" | "version.rolled_back" | "rollout.started" | "rollout.changed" | "rollout.promoted" | "rollout.failed" | "rollout.ended" | "auto_retrain.decided" | "classifier.drifted" | "review_queue.above")[];
            description: string;
            /** @description Of `review_queue.above`; null without that event */
            reviewQueueAbove: number | null;
            /** Format: date-time */
            createdAt: string;
        };
        WebhookDelivery: {
            /** @description The header `webhook-id`, the same in every attempt */
            id: string;
            event: string;
            /**
             * @description waiting: for its first attempt or the next; failed: there will be no other
             * @enum {string}
             */
            state: "waiting" | "delivered" | "failed";
            /** Format: int64 */
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            nextAttemptAt: string | null;
            lastAttemptAt: string | null;
            /** @description What the receiver answered last, if it did */
            lastStatus: number | null;
            /** @description Why the last attempt failed */
            lastError: string | null;
            endedAt: string | null;
        };
        WebhookDetails: {
            /** Format: uuid */
            id: string;
            url: string;
            events: ("training.succeeded" | "training.failed" | "training.cancelled" | "version.activated" | "version.rolled_back" | "rollout.started" | "rollout.changed" | "rollout.promoted" | "rollout.failed" | "rollout.ended" | "auto_retrain.decided" | "classifier.drifted" | "review_queue.above")[];
            description: string;
            /** @description Of `review_queue.above`; null without that event */
            reviewQueueAbove: number | null;
            /** Format: date-time */
            createdAt: string;
            /** @description The last 50, the newest first */
            deliveries: components["schemas"]["WebhookDelivery"][];
        };
        WebhookList: {
            webhooks: components["schemas"]["Webhook"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    classifyImages: {
        parameters: {
            query?: {
                /** @description Classifier, or several separated by commas; absent: the default one. */
                model?: string;
                /** @description Version of the classifier, by number or alias; absent: the active one. Only with a single classifier. */
                version?: string;
                /** @description Classes to return, 1 to the number of labels; default 5 or all, if fewer. */
                topK?: number;
                /** @description Leave out classes below this probability. */
                minProbability?: number;
                /** @description `known` is false for images whose `novelty` is above this; absent: what is set for the version, as `getModelVersion` shows it. */
                unknownAbove?: number;
                /** @description heatmap: with each image a map of the places that speak for its most probable class. With one classifier and at most 8 images. */
                explain?: "heatmap";
                /** @description Of the heat map: rows of numbers (array, the default) or a PNG to be laid over the image. */
                explainFormat?: "array" | "png";
                /** @description The class that the map is of, in place of the most probable one. */
                explainLabel?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ImageUpload"];
                "image/*": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Classification"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    classifyBase64: {
        parameters: {
            query?: {
                /** @description Classifier, or several separated by commas; absent: the default one. */
                model?: string;
                /** @description Version of the classifier, by number or alias; absent: the active one. Only with a single classifier. */
                version?: string;
                /** @description Classes to return, 1 to the number of labels; default 5 or all, if fewer. */
                topK?: number;
                /** @description Leave out classes below this probability. */
                minProbability?: number;
                /** @description `known` is false for images whose `novelty` is above this; absent: what is set for the version, as `getModelVersion` shows it. */
                unknownAbove?: number;
                /** @description heatmap: with each image a map of the places that speak for its most probable class. With one classifier and at most 8 images. */
                explain?: "heatmap";
                /** @description Of the heat map: rows of numbers (array, the default) or a PNG to be laid over the image. */
                explainFormat?: "array" | "png";
                /** @description The class that the map is of, in place of the most probable one. */
                explainLabel?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Base64Images"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Classification"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    classifyUrl: {
        parameters: {
            query?: {
                /** @description Classifier, or several separated by commas; absent: the default one. */
                model?: string;
                /** @description Version of the classifier, by number or alias; absent: the active one. Only with a single classifier. */
                version?: string;
                /** @description Classes to return, 1 to the number of labels; default 5 or all, if fewer. */
                topK?: number;
                /** @description Leave out classes below this probability. */
                minProbability?: number;
                /** @description `known` is false for images whose `novelty` is above this; absent: what is set for the version, as `getModelVersion` shows it. */
                unknownAbove?: number;
                /** @description heatmap: with each image a map of the places that speak for its most probable class. With one classifier and at most 8 images. */
                explain?: "heatmap";
                /** @description Of the heat map: rows of numbers (array, the default) or a PNG to be laid over the image. */
                explainFormat?: "array" | "png";
                /** @description The class that the map is of, in place of the most probable one. */
                explainLabel?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageUrl"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Classification"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    embedImages: {
        parameters: {
            query?: {
                /** @description Classifier, or several separated by commas; absent: the default one. */
                model?: string;
                /** @description Version of the classifier, by number or alias; absent: the active one. Only with a single classifier. */
                version?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ImageUpload"];
                "image/*": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Embedding"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    embedBase64: {
        parameters: {
            query?: {
                /** @description Classifier, or several separated by commas; absent: the default one. */
                model?: string;
                /** @description Version of the classifier, by number or alias; absent: the active one. Only with a single classifier. */
                version?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Base64Images"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Embedding"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    findSimilar: {
        parameters: {
            query?: {
                /** @description Classifier whose backbone compares; absent: the default one. */
                model?: string;
                /** @description Version of the classifier, by number or alias; absent: the active one. Only with a single classifier. */
                version?: string;
                /** @description Dataset to be searched; absent: the one that the version was trained on. */
                dataset?: string;
                /** @description Images to find for each image sent. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["SimilarUpload"];
                "image/*": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SimilarImages"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LessonRule"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lesson"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    teachModel: {
        parameters: {
            query?: never;
            header?: {
                /** @description A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: the answer is that of the first time, with `idempotent-replayed: true`. */
                "idempotency-key"?: string;
            };
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["TeachUpload"];
            };
        };
        responses: {
            /** @description It knows every image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Taught"];
                };
            };
            /** @description Some failed; it knows the others */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Taught"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. `request_in_progress`: The request is being carried out. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. `idempotency_key_reused`: The idempotency key belongs to another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forgotten */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetClass: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                /** @description Class of an image */
                label: string & (unknown & unknown & unknown & unknown);
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forgotten */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    promoteLesson: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Training"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_dataset`: The dataset cannot be used for training. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    classifyImageInLabelOrder: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["FlaskImageUpload"];
                "image/*": string;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlaskClassification"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelVersion"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelCard: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In Markdown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/markdown": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getServerMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerMetadata"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAllModelsStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelStatisticsList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelMetadata"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelConfig: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelConfig"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isModelReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelReady"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelStatisticsList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inferModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InferRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferResponse"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelVersionMetadata: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelMetadata"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelVersionConfig: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelConfig"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isModelVersionReady: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelReady"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getModelVersionStatistics: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelStatisticsList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inferModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InferRequest"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InferResponse"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    indexRepository: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RepositoryIndexRequest"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RepositoryIndex"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitFeedback: {
        parameters: {
            query?: {
                /** @description Prefer the field `label` of the body, which no log and no history keeps; needed where the body is the image alone */
                label?: string & (unknown & unknown & unknown & unknown);
                /** @description Classifier that was wrong; absent: the default one */
                model?: string;
                /** @description By number or alias; absent: the active one */
                version?: string;
            };
            header?: {
                /** @description A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: the answer is that of the first time, with `idempotent-replayed: true`. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["LabelledImageUpload"];
                "image/*": string;
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feedback"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_in_progress`: The request is being carried out. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. `idempotency_key_reused`: The idempotency key belongs to another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `feedback_full`: Too many corrections wait for review. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    submitFeedbackBase64: {
        parameters: {
            query?: {
                /** @description Classifier that was wrong; absent: the default one */
                model?: string;
                /** @description By number or alias; absent: the active one */
                version?: string;
            };
            header?: {
                /** @description A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: the answer is that of the first time, with `idempotent-replayed: true`. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelledBase64Image"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feedback"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_url_refused`: The image may not be fetched from this URL. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_in_progress`: The request is being carried out. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. `image_too_large`: The image is too large. `too_many_images`: The request carries too many images. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_url_failed`: The image could not be fetched from its URL. `image_timeout`: The image took too long to decode. `idempotency_key_reused`: The idempotency key belongs to another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `overloaded`: The server is busy. `feedback_full`: Too many corrections wait for review. `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. `not_ready`: The server is not ready. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassifierCapture"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaptureRule"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClassifierCapture"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteCapture: {
        parameters: {
            query?: {
                /** @description true: also what was accepted, which its datasets lose */
                fromDatasets?: "true" | "false";
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgottenCaptures"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listCaptures: {
        parameters: {
            query?: {
                /** @description Classifier that answered; absent: any */
                model?: string;
                state?: "new" | "accepted";
                /** @description uncertain: first those that are unknown, then those whose most probable class is least probable */
                order?: "newest" | "uncertain";
                /** @description `next` of the page before, in the same order */
                after?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptureList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acceptCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CaptureAcceptance"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capture"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_too_large`: The image is too large. `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rejectCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCaptureImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getCaptureThumbnail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/webp": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    forgetRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                requestId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgottenCaptures"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listFeedback: {
        parameters: {
            query?: {
                state?: "new" | "accepted" | "rejected";
                /** @description Id of the last one seen */
                after?: number;
                limit?: number;
                /** @description informative: of the first 1000 after `after`, first those that the classifier is unsure of and that are unlike those before them, with what its active version says of each; those that have no embedding yet are embedded first */
                order?: "arrival" | "informative";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FeedbackList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `training_failed`: The training could not be finished. `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    acceptFeedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FeedbackAcceptance"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feedback"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `image_too_large`: The image is too large. `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_image`: The image format is not supported. `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `undecodable_image`: The image cannot be decoded. `image_timeout`: The image took too long to decode. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rejectFeedback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feedback"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedbackImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getFeedbackThumbnail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/webp": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDatasets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetStatistics"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DatasetOptions"] | null;
            };
        };
        responses: {
            /** @description It existed already; options, if any were sent, apply to images added from now on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DatasetChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dataset"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportDataset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A zip of split/class/image; of a multi-label dataset, of split/image with a labels.csv */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listImages: {
        parameters: {
            query?: {
                /** @description Only these images, by their ids with commas between them; up to 500 */
                ids?: string;
                /** @description Class of an image */
                label?: string & (unknown & unknown & unknown & unknown);
                split?: components["schemas"]["Split"];
                /** @description Part of a name that the image was uploaded under; `feedback-` for accepted corrections */
                fileName?: string & (unknown & unknown);
                /** @description Id of an image: only those that look the same, itself included */
                similarTo?: number;
                /** @description Only images with others in the dataset that look the same */
                duplicates?: "true" | "false";
                /** @description Only images that are in the dataset under several labels */
                conflicts?: "true" | "false";
                /** @description Classifier whose predictions are shown with the images; those that are not known yet are made first, which takes milliseconds for each image. Absent: none, or the default one where something else asks for predictions */
                model?: string;
                /** @description Of `model`, by number or alias; absent: the active one */
                version?: string;
                /** @description Only images that are taken for this class */
                predicted?: string & (unknown & unknown & unknown & unknown);
                /** @description Only images that are taken for another class than their label */
                mistakes?: "true" | "false";
                /** @description Only images of whose predicted class the version is at least so sure */
                minProbability?: number;
                /** @description Only images of whose predicted class the version is at most so sure */
                maxProbability?: number;
                /** @description doubt: first the images whose label is probably wrong, then those of whose label one can be least sure. Without `version`, `prediction` and what is filtered by it are then what an image seems to be by cross-validation: heads on embeddings of `model` say it of images that they had not learnt from, and the `probability` of another label than that of the image is how probable it is that its own is wrong. That takes seconds for thousands of images, once for each state of the labels that a first page finds. With `version`, and where there are too few images for it, it is what the version says, which is nearly always sure of images that it learnt from. informative: the same pages, on each of which those come first that are unlike those before them as well. */
                order?: "arrival" | "doubt" | "informative";
                /** @description `next` of the page before */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetImagePage"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `training_failed`: The training could not be finished. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uploadImages: {
        parameters: {
            query: {
                /** @description Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none */
                label: string & (unknown & unknown & unknown & unknown);
                split?: components["schemas"]["Split"];
            };
            header?: {
                /** @description A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: the answer is that of the first time, with `idempotent-replayed: true`. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["DatasetImageUpload"];
            };
        };
        responses: {
            /** @description Every image is in the dataset */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadResult"];
                };
            };
            /** @description Some failed; the others are in the dataset */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadResult"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `missing_image`: The request carries no image. `malformed_multipart`: The multipart body cannot be read. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. `request_in_progress`: The request is being carried out. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_key_reused`: The idempotency key belongs to another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateImages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImageChanges"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedImages"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetImage"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteImage: {
        parameters: {
            query?: {
                /** @description true: for good, under whatever label, from all versions of the dataset too; the image may be in one of them alone */
                everywhere?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateImage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DatasetImageChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetImage"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getImageThumbnail: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/webp": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getImageFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_image`: There is no such image. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    uploadArchive: {
        parameters: {
            query?: never;
            header?: {
                /** @description A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: the answer is that of the first time, with `idempotent-replayed: true`. */
                "idempotency-key"?: string;
            };
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/zip": string;
                "application/x-tar": string;
                "application/gzip": string;
            };
        };
        responses: {
            /** @description Every image is in the dataset */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadResult"];
                };
            };
            /** @description Some failed; the others are in the dataset */
            207: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadResult"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_in_progress`: The request is being carried out. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_archive`: The archive cannot be read. `idempotency_key_reused`: The idempotency key belongs to another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDatasetVersions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetVersionList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createDatasetVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDatasetVersion"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetVersion"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_training`: There is no such training. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    compareDatasetVersions: {
        parameters: {
            query?: {
                /** @description Name of a state of a dataset */
                to?: string;
                change?: components["schemas"]["DatasetDifference"];
                /** @description `next` of the page before */
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                /** @description Name of a state of a dataset */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatasetDifferencePage"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_dataset_version`: The dataset has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreDatasetVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                /** @description Name of a state of a dataset */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DatasetRestoration"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RestoredDataset"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_dataset_version`: The dataset has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteDatasetVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a dataset */
                name: string;
                /** @description Name of a state of a dataset */
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_dataset_version`: The dataset has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    startTraining: {
        parameters: {
            query?: never;
            header?: {
                /** @description A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: the answer is that of the first time, with `idempotent-replayed: true`. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTraining"];
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Training"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_dataset`: There is no such dataset. `unknown_dataset_version`: The dataset has no such version. `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `fine_tuning_unavailable`: Fine-tuning is not available here. `request_in_progress`: The request is being carried out. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_dataset`: The dataset cannot be used for training. `idempotency_key_reused`: The idempotency key belongs to another request. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTrainings: {
        parameters: {
            query?: {
                model?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingDetail"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_training`: There is no such training. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelTraining: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Training"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_training`: There is no such training. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followTraining: {
        parameters: {
            query?: {
                lastEventId?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The training is over and every event was sent. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_training`: There is no such training. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    activateModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Activation"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActiveVersion"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rollbackModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActiveVersion"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateModelVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VersionChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedVersion"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getAutoRetrain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutoRetrain"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putAutoRetrain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AutoRetrainSettings"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AutoRetrain"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `fine_tuning_unavailable`: Fine-tuning is not available here. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteAutoRetrain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is off. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getRollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putRollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRollout"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rollout"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. `unknown_key`: There is no such key. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    endRollout: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `not_found`: There is nothing at this address. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listRollouts: {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RolloutList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setVersionAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                alias: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AliasTarget"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VersionAlias"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `engine_unavailable`: The inference engine is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteVersionAlias: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                alias: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    loadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ModelChange"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    unloadModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ModelChange"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setDefaultModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DefaultModel"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DefaultModel"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reloadModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reloaded"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPredictions: {
        parameters: {
            query: {
                /** @description Name of a dataset */
                dataset: string;
                split?: components["schemas"]["Split"];
                /** @description Class of an image */
                label?: string & (unknown & unknown & unknown & unknown);
                /** @description Show only images whose label is another than `predicted`: of the `limit` that a page looks at, perhaps none */
                mistakes?: "true" | "false";
                /** @description `next` of the page before */
                after?: number;
                /** @description Images that a page looks at */
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImagePredictionPage"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. `unknown_dataset`: There is no such dataset. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. `training_failed`: The training could not be finished. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    exportModelVersion: {
        parameters: {
            query: {
                format: "onnx" | "tfjs" | "h5" | "keras" | "tflite" | "tflite-float16" | "tflite-int8" | "coreml" | "coreml-float16" | "taxon";
            };
            header?: never;
            path: {
                name: string;
                version: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. `unknown_version`: The classifier has no such version. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_model`: The model cannot be used. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `deadline_exceeded`: The request was not answered in time. */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_key`: There is no such key. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyChanges"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_key`: There is no such key. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The backup */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedWebhook"];
                };
            };
            /** @description `invalid_request`: The request is not valid. `empty_body`: The request has no body. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `request_timeout`: The request did not arrive in time. */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `body_too_large`: The request body is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: The content type is not supported. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDetails"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_webhook`: There is no such webhook. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_webhook`: There is no such webhook. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_webhook`: There is no such webhook. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: The request conflicts with the present state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDrift: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drift"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unknown_model`: There is no such classifier. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: A valid key is required. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: The key does not have the scope for this call. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. `quota_exceeded`: The key has no requests left today. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. `storage_unavailable`: The storage cannot be written. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `storage_full`: The disk is full. */
            507: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isServerLive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerLive"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable`: The database is not available. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    isServerReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerReady"];
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_ready`: The server is not ready. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The text format of Prometheus */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description `invalid_request`: The request is not valid. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: The server failed. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
