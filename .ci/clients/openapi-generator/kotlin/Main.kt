// Classifies IMAGE and starts a training on DATASET with the client that openapi-generator made for Kotlin.
import java.io.File
import kotlin.system.exitProcess
import org.openapitools.client.apis.ClassifyApi
import org.openapitools.client.apis.TrainingApi
import org.openapitools.client.infrastructure.ApiClient
import org.openapitools.client.models.NewTraining

private fun variable(name: String): String = System.getenv(name)

private fun report(operation: String, result: String) = println("openapi-generator kotlin\t$operation\t$result")

fun main() {
    ApiClient.accessToken = variable("ADMIN_KEY")
    val url = variable("BASE_URL")

    val classification = ClassifyApi(url).classifyImages(listOf(File(variable("IMAGE"))))
    val best = classification.results!!.first().predictions!!.first()
    report("classifyImages", "${best.label} ${best.probability}")

    val trainings = TrainingApi(url)
    val started = trainings.startTraining(NewTraining(dataset = variable("DATASET"), model = "from-kotlin"))
    report("startTraining", started.state.value)
    report("getTraining", trainings.getTraining(started.id).model)
    report("cancelTraining", trainings.cancelTraining(started.id).state.value)
    // Its connections would keep the process for minutes.
    exitProcess(0)
}
