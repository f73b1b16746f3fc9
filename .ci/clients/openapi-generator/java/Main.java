// Classifies IMAGE and starts a training on DATASET with the client that openapi-generator made for Java.
import java.io.File;
import java.util.List;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.ClassifyApi;
import org.openapitools.client.api.TrainingApi;
import org.openapitools.client.model.NewTraining;

public class Main {
  public static void main(String[] arguments) throws Exception {
    ApiClient client = new ApiClient();
    client.setBasePath(System.getenv("BASE_URL"));
    client.setBearerToken(System.getenv("ADMIN_KEY"));

    var classification =
        new ClassifyApi(client).classifyImages(List.of(new File(System.getenv("IMAGE"))), null, null, null, null, null, null, null, null);
    var best = classification.getResults().get(0).getPredictions().get(0);
    report("classifyImages", best.getLabel() + " " + best.getProbability());

    TrainingApi trainings = new TrainingApi(client);
    var request = new NewTraining().dataset(System.getenv("DATASET")).model("from-java");
    var started = trainings.startTraining(request, UUID.randomUUID().toString());
    report("startTraining", started.getState().getValue());
    report("getTraining", trainings.getTraining(started.getId()).getModel());
    report("cancelTraining", trainings.cancelTraining(started.getId()).getState().getValue());
    // Its connections would keep the process for minutes.
    System.exit(0);
  }

  private static void report(String operation, String result) {
    System.out.println("openapi-generator java\t" + operation + "\t" + result);
  }
}
